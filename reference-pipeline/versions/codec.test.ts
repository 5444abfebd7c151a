import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StageName } from "../core/stage.ts";
import type { State } from "../core/state.ts";
import { specification } from "../specification.ts";
import { v1 } from "./v1.ts";
import { v2 } from "./v2.ts";

const long = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
interface Keyed {
  readonly stage: StageName;
  readonly key: string;
  readonly state: State;
}
const account = fc
  .record({
    kind: fc.constant("account" as const),
    recent: fc.array(fc.record({ id: fc.string({ unit: "grapheme" }), at: long }), { maxLength: 5 }),
    n: long,
    t: long,
    lastAt: long,
  })
  .map((state): Keyed => ({ stage: "velocity", key: "#newest", state }));
const window = fc
  .record({ kind: fc.constant("window" as const), n: long, t: long })
  .map((state): Keyed => ({ stage: "settlement", key: "m@9@1700000000000", state }));
const newest = fc
  .record({ kind: fc.constant("newest" as const), newest: long })
  .map((state): Keyed => ({ stage: "settlement", key: "#newest", state }));
const keyed = fc.oneof(account, window, newest);

describe("state", () => {
  test("written by either release is read by both, with one meaning", () => {
    fc.assert(
      fc.property(keyed, fc.constantFrom(v1, v2), fc.constantFrom(v1, v2), ({ stage, key, state }, writer, reader) => {
        expect(reader.decode(stage, key, writer.encode(key, state))).toEqual(state);
      }),
    );
  });

  test("begins with the version byte of its schema, and ends with what schema 2 derives", () => {
    const state: State = { kind: "window", n: 1, t: 2 };
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    expect(hex(v1.encode("m-9@10000", state))).toBe("010204");
    expect(hex(v2.encode("m-9@10000", state))).toBe("02020402d08603");
  });

  test("in the specification's words is what the document says", () => {
    const state: State = { kind: "account", recent: [{ id: "p-1", at: 5 }], n: 1, t: 10, lastAt: 5 };
    const texts = [v1, v2].map((version) =>
      specification.stages.velocity.changelog(Buffer.from("a-3"), version.encode("a-3", state)),
    );
    expect(texts).toEqual([
      { kind: "state", key: "a-3", schema: "1", state: '{"recent":[{"id":"p-1","at":5}],"n":1,"t":10,"lastAt":5}' },
      {
        kind: "state",
        key: "a-3",
        schema: "2",
        state: '{"recent":[{"id":"p-1","at":5}],"n":1,"t":10,"lastAt":5,"seen":1}',
      },
    ]);
  });

  test("of a schema that a release does not know is refused, and by name", () => {
    expect(() => v1.decode("velocity", "a-3", Uint8Array.of(3, 0))).toThrow(
      "State of a-3 begins with version byte 3; this release reads 1 and 2.",
    );
  });
});
