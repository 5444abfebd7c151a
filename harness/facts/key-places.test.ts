import * as fc from "fast-check";
import { expect, test } from "vitest";
import { beginKeyPlaces, firstPlace, isFirst, keysMax, slotOfKey, unfollowed } from "./key-places.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("a key keeps its first place, whatever comes between", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ key: fc.string({ maxLength: 4 }), partition: fc.nat(7) })), (records) => {
      const places = beginKeyPlaces();
      const model = new Map<string, { partition: number; offset: number }>();
      for (const [offset, { key, partition }] of records.entries()) {
        const first = model.get(key);
        if (first === undefined) model.set(key, { partition, offset });
        const slot = slotOfKey(places, bytes(key), { partition, offset });
        expect(firstPlace(places, slot)).toEqual(first ?? { partition, offset });
        expect(isFirst(places, slot, { partition, offset })).toBe(first === undefined);
      }
      expect(places.keys).toBe(model.size);
    }),
  );
});

test("100,000 keys are told apart, and their notes stay with them while the table grows", () => {
  const places = beginKeyPlaces();
  for (let i = 0; i < 100_000; i++) {
    places.note[slotOfKey(places, bytes(`key-${i}`), { partition: i % 4096, offset: i * 1000 })] = i;
  }
  for (let i = 0; i < 100_000; i += 997) {
    const slot = slotOfKey(places, bytes(`key-${i}`), { partition: 0, offset: 1 });
    expect(firstPlace(places, slot)).toEqual({ partition: i % 4096, offset: i * 1000 });
    expect(isFirst(places, slot, { partition: 0, offset: 1 })).toBe(false);
    expect(places.note[slot]).toBe(i);
  }
});

test("a full table follows the keys that it has, and counts the others", () => {
  const places = beginKeyPlaces();
  slotOfKey(places, bytes("a"), { partition: 1, offset: 2 });
  places.keys = keysMax;
  expect(slotOfKey(places, bytes("b"), { partition: 1, offset: 3 })).toBe(unfollowed);
  const slot = slotOfKey(places, bytes("a"), { partition: 0, offset: 4 });
  expect(firstPlace(places, slot)).toEqual({ partition: 1, offset: 2 });
  expect(places.unfollowed).toBe(1);
});
