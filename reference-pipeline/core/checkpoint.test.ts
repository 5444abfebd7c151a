import * as fc from "fast-check";
import { expect, test } from "vitest";
import { specification } from "../specification.ts";
import { v1 } from "../versions/v1.ts";
import { v2 } from "../versions/v2.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { encodeState } from "./entries.ts";
import type { AccountState, State } from "./state.ts";

const long = fc.integer({ min: 0, max: 2_000_000_000 });
const account: fc.Arbitrary<AccountState> = fc.record({
  kind: fc.constant("account" as const),
  recent: fc.array(fc.record({ id: fc.string({ unit: "grapheme" }), at: long }), { maxLength: 4 }),
  n: long,
  t: long,
  lastAt: long,
});
const accounts = fc.uniqueArray(fc.tuple(fc.string({ unit: "grapheme" }), account), {
  selector: ([key]) => key,
  maxLength: 6,
});
const checkpoint = fc
  .record({ inputNext: long, changelogNext: long, commit: long, accounts, version: fc.constantFrom(v1, v2) })
  .map(({ accounts, version, ...positions }) => ({
    ...positions,
    schema: version.schema,
    entries: encodeState(version, new Map<string, State>(accounts)),
  }));

test("a checkpoint file says what was put into it, and the specification reads the same", () => {
  fc.assert(
    fc.property(checkpoint, (one) => {
      const bytes = encodeCheckpoint(one);
      const { entries, ...label } = decodeCheckpoint(bytes) ?? { entries: new Map() };
      expect(label).toEqual({
        ...label,
        inputNext: one.inputNext,
        changelogNext: one.changelogNext,
        commit: one.commit,
      });
      expect(new Map([...entries].map(([key, value]) => [key, Buffer.from(value).toString("hex")]))).toEqual(
        new Map([...one.entries].map(([key, value]) => [key, Buffer.from(value).toString("hex")])),
      );
      const read = specification.stages.velocity.checkpoint(bytes);
      expect([read.inputNext, read.schema, new Set(read.entries.keys())]).toEqual([
        one.inputNext,
        one.schema,
        new Set(one.entries.keys()),
      ]);
    }),
  );
});

test("a checkpoint file cut off anywhere, or with a flipped byte in its entries, is not sound", () => {
  fc.assert(
    fc.property(checkpoint, fc.nat(), (one, at) => {
      const bytes = encodeCheckpoint(one);
      const cut = at % bytes.length;
      expect(decodeCheckpoint(bytes.subarray(0, cut))).toBe(null);
      const body = bytes.indexOf(0x0a) + 1;
      if (cut < body) return;
      expect(decodeCheckpoint(bytes.with(cut, (bytes[cut] ?? 0) ^ 1))).toBe(null);
    }),
  );
});
