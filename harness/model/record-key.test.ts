import * as fc from "fast-check";
import { expect, test } from "vitest";
import { identityShown, keyFault, keyIdentity, keyShown } from "./record-key.ts";

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
