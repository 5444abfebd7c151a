import * as fc from "fast-check";
import { expect, test } from "vitest";
import { specification } from "../specification.ts";
import { v1 } from "../versions/v1.ts";
import { v2 } from "../versions/v2.ts";
import type { State } from "./state.ts";
import type { StageName } from "./stage.ts";
import { stages } from "./stages.ts";
import type { Format, Version } from "./version.ts";

const payment = fc.record({
  id: fc.constantFrom("p-1", "p-2", "p-3", "p-4", "p-5"),
  account: fc.constantFrom("a-1", "a-2"),
  merchant: fc.constantFrom("m-1", "m-2", "m@3"),
  amount: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 99_998, max: 100_002 })),
  at: fc.oneof(
    fc.integer({ min: 0, max: 40_000 }),
    fc.constantFrom(0, 5_000, 9_999, 10_000, 14_999, 15_000, 25_000, 59_999, 60_000, 600_000, 610_000),
  ),
});
const value = fc.oneof(
  { weight: 20, arbitrary: payment.map((one) => JSON.stringify(one)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "null",
      "[]",
      "{}",
      '"p"',
      '{"id":"p","account":"a","merchant":"m","amount":1.5,"at":1}',
    ),
  },
);
const releases: readonly { readonly version: Version; readonly format: Format }[] = [
  { version: v1, format: "1" },
  { version: v2, format: "1" },
  { version: v2, format: "2" },
];

test.each(["velocity", "settlement"] as const)(
  "stage %s does what the specification says, record by record",
  (stage) => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.constantFrom(...releases), (values, { version, format }) => {
        expect(asBuilt(stage, values, version, format)).toEqual(asSpecified(stage, values, version.schema, format));
      }),
      { numRuns: 400 },
    );
  },
);

interface Seen {
  readonly outputs: readonly (readonly string[])[];
  readonly changes: ReadonlyMap<string, string | null>;
}

function asSpecified(stage: StageName, values: readonly string[], schema: string, format: Format): readonly Seen[] {
  const fold = specification.stages[stage].start(0);
  return values.map((one, offset) => {
    const effect = fold.step({ partition: 0, offset, key: null, value: Buffer.from(one) });
    return {
      outputs: effect.outputs.map((output) => [output.key, output.value(format)]),
      changes: new Map(effect.changes.map(({ key, state }) => [key, state === null ? null : state(schema)])),
    };
  });
}

function asBuilt(stage: StageName, values: readonly string[], version: Version, format: Format): readonly Seen[] {
  const state = new Map<string, State>();
  return values.map((one, offset) => {
    const result = stages[stage].step(state, { offset, key: null, value: Buffer.from(one) });
    const changes = new Map<string, string | null>();
    for (const change of result.changes) {
      if (change.state === null) state.delete(change.key);
      else state.set(change.key, change.state);
      const bytes = change.state === null ? null : version.encode(change.key, change.state);
      const entry = specification.stages[stage].changelog(Buffer.from(change.key), bytes);
      changes.set(change.key, entry.kind === "state" ? entry.state : "a position");
    }
    return { outputs: result.outputs.map((output) => [output.key, output.value(version, format)]), changes };
  });
}
