import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seq } from "../model/brand.ts";
import type { CommitRow } from "./commit-rows.ts";
import { beginKeptRows, beginTexts, keepRow, rowsIn } from "./kept-rows.ts";

const number = fc.integer({ min: -1, max: 2 ** 40 });
const name = fc.constantFrom("a", "b-1", "c/2", "");
const place = fc.record({ topic: name, partition: fc.nat(5), offset: fc.nat() });
const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });
const commit = fc.record({
  group: name,
  topic: name,
  partition: fc.nat(5),
  nextOffset: orNull(number),
  at: place,
  producerId: number,
  producerEpoch: number,
  seq: fc.nat().map(seq),
});
const row: fc.Arbitrary<CommitRow> = fc.record({
  outcome: fc.constantFrom("committed", "undecided", "plain"),
  commit: orNull(commit),
  commitCount: number,
  hasConflict: fc.boolean(),
  inForceAt: orNull(number),
  minCause: fc.oneof(number, fc.constant(Infinity)),
  maxCause: number,
  minSure: fc.oneof(number, fc.constant(Infinity)),
  maxSure: number,
  isPlaced: fc.boolean(),
  choice: orNull(name),
  records: number,
  minChangelog: fc.oneof(number, fc.constant(Infinity)),
  maxChangelog: number,
  hasUnreadable: fc.boolean(),
  first: orNull(place),
  writer: orNull(name),
  producer: name,
  transactionalId: orNull(name),
  prepare: orNull(place),
  seq: number,
});

test("a row that was kept in columns is the same when it is asked for", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const kept = beginKeptRows(beginTexts());
      for (const one of rows) keepRow(kept, one);
      expect(rowsIn(kept)).toEqual(rows);
      expect([kept.undecided, kept.unreadable]).toEqual([
        rows.filter(({ outcome }) => outcome === "undecided").length,
        rows.filter(({ hasUnreadable }) => hasUnreadable).length,
      ]);
    }),
  );
});
