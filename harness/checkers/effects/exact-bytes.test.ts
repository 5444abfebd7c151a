import { expect, test } from "vitest";
import type { Specification } from "../../model/pipeline.ts";
import type { RecordKey } from "../../model/record-key.ts";
import { findingOf } from "../findings.fixture.ts";
import type { Row } from "../hand-written-records.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyContext } from "../toy-pipeline.fixture.ts";

const bytes = (...all: readonly number[]): Uint8Array => Uint8Array.from(all);

/** EO4's pairs of expected and actual when one input's output is written like this. */
function told(input: { readonly key: RecordKey | null; readonly value: string }, written: Partial<Row>): unknown {
  const world = new World();
  world.input(0, input.key, input.value);
  world.transact(0, {
    edit: ({ outputs }) => {
      const [due] = outputs;
      if (due !== undefined) outputs.splice(0, 1, { ...due, ...written });
    },
  });
  const { outcome, anomalies } = findingOf("EO4", world.finish());
  return [outcome, ...anomalies.map(({ expected, actual }) => [expected, actual])];
}

test("a tombstone that is due is right as a tombstone, and wrong as the text null", () => {
  expect(told({ key: "a", value: "bury" }, {})).toEqual(["valid"]);
  expect(told({ key: "a", value: "bury" }, { value: "null" })).toEqual([
    "invalid",
    ["out a (tombstone)", "out a null"],
  ]);
});

test("a value that is due is wrong as a tombstone", () => {
  expect(told({ key: "a", value: "one" }, { value: null })).toEqual(["invalid", ["out a 1", "out a (tombstone)"]]);
});

test("no key and the empty key are two keys, in both directions", () => {
  expect(told({ key: null, value: "one" }, {})).toEqual(["valid"]);
  expect(told({ key: null, value: "one" }, { key: "" })).toEqual(["invalid", ["out (no key) 1", 'out "" 1']]);
  expect(told({ key: "", value: "one" }, {})).toEqual(["valid"]);
  expect(told({ key: "", value: "one" }, { key: null })).toEqual(["invalid", ['out "" 1', "out (no key) 1"]]);
  expect(told({ key: null, value: "one" }, { key: "null" })).toEqual(["invalid", ["out (no key) 1", 'out "null" 1']]);
});

test("keys that are not UTF-8 are compared by their bytes", () => {
  const key = bytes(0x6b, 0xff);
  expect(told({ key, value: "one" }, {})).toEqual(["valid"]);
  expect(told({ key, value: "one" }, { key: bytes(0x6b, 0xfe) })).toEqual([
    "invalid",
    ["out 0x6bff 1", "out 0x6bfe 1"],
  ]);
  expect(told({ key, value: "one" }, { key: "k\ufffd" })).toEqual(["invalid", ["out 0x6bff 1", 'out "k�" 1']]);
});

test("OR1 keeps keys apart that differ in bytes that are no UTF-8, and no key from the empty key", () => {
  for (const [one, other] of [
    [bytes(0xff), bytes(0xfe)],
    [null, ""],
  ] as const) {
    const world = new World();
    world.input(0, one);
    world.input(0, other);
    world.transact(0, { edit: (draft) => void (draft.outputs = draft.outputs.toReversed()) });
    expect(findingOf("OR1", world.finish()).outcome).toBe("valid");
  }
});

test("ST1 keeps states apart whose keys differ in bytes that are no UTF-8", () => {
  const { specification } = toyContext();
  const count = specification?.stages["count"];
  if (count === undefined) throw new Error("no toy");
  const latin = (key: Uint8Array): string => Buffer.from(key).toString("latin1");
  const position = (key: Uint8Array): boolean => latin(key) === "#position";
  const byBytes: Specification = {
    stages: {
      count: {
        ...count,
        changelog(key, value) {
          const entry = count.changelog?.(key, value);
          if (entry === undefined) throw new Error("no changelog");
          return entry.kind === "position" || position(key) ? entry : { ...entry, key };
        },
      },
    },
  };
  const outcome = (written: RecordKey): string => {
    const world = new World();
    world.input(0, "k");
    world.transact(0, {
      edit: ({ changes }) => void changes.splice(1, 1, { key: written, value: "1", cause: [0, 0] }),
    });
    return findingOf("ST1", world.finish(), { specification: byBytes }).outcome;
  };
  expect([outcome("k"), outcome(bytes(0x6b)), outcome(bytes(0x6b, 0xff))]).toEqual(["valid", "valid", "invalid"]);
});

test("ST1 does not take a changelog record without a key for the empty key's", () => {
  const written = (key: RecordKey | null) => {
    const world = new World();
    world.input(0, "");
    world.transact(0, { edit: ({ changes }) => void changes.splice(1, 1, { key, value: "1", cause: [0, 0] }) });
    return findingOf("ST1", world.finish());
  };
  expect(written("").outcome).toBe("valid");
  expect(written(null).anomalies[0]).toMatchObject({ expected: "a position or state record", actual: "it has no key" });
});

test("ST1 is unknown where the specification's text may stand for several keys", () => {
  const world = new World();
  world.input(0, "k");
  world.transact(0, {
    edit: ({ changes }) => void changes.splice(1, 1, { key: bytes(0xff), value: "1", cause: [0, 0] }),
  });
  expect(findingOf("ST1", world.finish())).toMatchObject({
    outcome: "unknown",
    why: 'count-0: the key "�" may stand for bytes that are not UTF-8; give the key\'s bytes instead.',
  });
});
