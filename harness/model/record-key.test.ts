import * as fc from "fast-check";
import { expect, test } from "vitest";
import { identityShown, isSameKeyAt, keyFault, keyIdentity, keyIdentityAt, keyShown } from "./record-key.ts";

const key = fc.option(fc.uint8Array({ maxLength: 4 }), { nil: null });

test("two keys have one identity exactly when they are the same bytes, and null is not the empty key", () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      const same = a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
      expect(keyIdentity(a) === keyIdentity(b)).toBe(same);
      expect(identityShown(keyIdentity(a))).toBe(keyShown(a));
    }),
  );
});

test("keys that were seen before keep their identities, however many and however long they are", () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`${"k".repeat(i % 70)}${i}`));
  const identities = new Set(keys.map(keyIdentity));
  expect(identities.size).toBe(keys.length);
  expect(keys.map(keyIdentity)).toEqual([...identities]);
  expect(keys.map((one) => one.toString())).toEqual([...identities]);
});

test("a text stands for its UTF-8 bytes, and one that bytes may have been lost in is refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => keyIdentity(text) === keyIdentity(Buffer.from(text))),
  );
  expect([keyFault("käse"), keyFault(Buffer.of(0xff)), keyFault(null)]).toEqual([null, null, null]);
  expect([keyFault("\ufffd"), keyFault("\ud800")]).toEqual([expect.any(String), expect.any(String)]);
});

test("what could be taken for something else is quoted, and long keys say how long they are", () => {
  const shown = ["m-1", "", "null", "0xff", "two words"].map((text) => keyShown(Buffer.from(text)));
  expect(shown).toEqual(["m-1", '""', '"null"', '"0xff"', '"two words"']);
  expect([keyShown(null), keyShown(Buffer.of(0xff))]).toEqual(["(no key)", "0xff"]);
  expect(keyShown(Buffer.alloc(300, "a"))).toBe(`${"a".repeat(256)}… (300 bytes)`);
});

test("a key that is compared without being copied is the same as one with the same identity", () => {
  const bytes = fc.uint8Array({ maxLength: 6 });
  const keys = fc.oneof(fc.constant(null), bytes, fc.string({ unit: "binary", maxLength: 4 }));
  const read = fc.oneof(fc.constant(null), bytes);
  fc.assert(
    fc.property(keys, read, (key, other) => {
      const own = typeof key === "string" ? new TextEncoder().encode(key) : key;
      const rows = keysRead([other, own, other]);
      expect(isSameKeyAt(key, rows, 1)).toBe(true);
      expect(isSameKeyAt(key, rows, 2)).toBe(keyIdentity(key) === keyIdentity(other));
      expect([0, 1, 2].map((i) => keyIdentityAt(rows, i))).toEqual([other, own, other].map(keyIdentity));
    }),
  );
});

/** Keys one behind the other, as batches hold them. */
function keysRead(keys: readonly (Uint8Array | null)[]): { readonly bytes: Uint8Array; readonly keyAt: Int32Array } {
  let at = 0;
  const cuts = keys.flatMap((one) => (one === null ? [0, -1] : [at, (at += one.length)]));
  return { bytes: Buffer.concat(keys.flatMap((one) => one ?? [])), keyAt: Int32Array.from(cuts) };
}
