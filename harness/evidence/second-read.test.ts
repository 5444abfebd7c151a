import { assert, integer, nat, property, string } from "fast-check";
import { expect, test } from "vitest";
import { offset, partition } from "../model/brand.ts";
import type { LogFrame } from "../model/log.ts";
import { keepFrame, keptFrames } from "./kept-frames.ts";
import { compareReads, type SecondRead } from "./second-read.ts";

type Row = readonly [offset: number, key: string | null, value: string | null];

function frame(rows: readonly Row[], change: Partial<LogFrame> = {}): LogFrame {
  const parts: Uint8Array[] = [];
  let length = 0;
  const cut = (into: Int32Array, i: number, text: string | null): void => {
    into[2 * i] = length;
    if (text !== null) {
      const part = Buffer.from(text);
      parts.push(part);
      length += part.length;
    }
    into[2 * i + 1] = text === null ? -1 : length;
  };
  const [keyAt, valueAt, headersAt] = [0, 0, 0].map(() => new Int32Array(2 * rows.length));
  if (keyAt === undefined || valueAt === undefined || headersAt === undefined) throw new Error("unreachable");
  for (const [i, [, key, value]] of rows.entries()) {
    cut(keyAt, i, key);
    cut(valueAt, i, value);
    cut(headersAt, i, null);
  }
  const [first] = rows[0] ?? [0];
  const [last] = rows.at(-1) ?? [0];
  return {
    topic: "t",
    partition: partition(0),
    highWatermark: offset(0),
    lastStableOffset: offset(0),
    baseOffset: offset(first),
    lastOffset: offset(last),
    transactional: true,
    control: false,
    producerId: 1,
    producerEpoch: 0,
    baseSequence: 0,
    leaderEpoch: 0,
    count: rows.length,
    offsets: Float64Array.from(rows, ([at]) => at),
    timestamps: new Float64Array(rows.length),
    keyAt,
    valueAt,
    headersAt,
    bytes: Buffer.concat(parts),
    ...change,
  };
}

const first = [
  frame([
    [4, "a", "1"],
    [5, "b", "2"],
  ]),
  frame([[6, "a", null]]),
];

function compared(again: readonly LogFrame[], change: Partial<SecondRead> = {}) {
  const { before, after, ...rest } = compareReads({
    first,
    again,
    dense: true,
    logStart: 0,
    upTo: 7,
    cutBelow: null,
    ...change,
  });
  return { ...rest, isSame: before === after };
}

test("the same records are the same, in other batches and under another leader epoch, too", () => {
  const again = [
    frame([[4, "a", "1"]], { leaderEpoch: 3 }),
    frame([
      [5, "b", "2"],
      [6, "a", null],
    ]),
  ];
  expect(compared(again)).toEqual({ records: 3, gone: 0, differ: 0, differences: [], isSame: true });
});

test("another value, key or producer is told by offset and part", () => {
  const again = [
    frame([
      [4, "a", "9"],
      [5, "c", "2"],
    ]),
    frame([[6, "a", null]], { producerEpoch: 1 }),
  ];
  expect(compared(again)).toMatchObject({
    records: 3,
    differ: 3,
    isSame: false,
    differences: [
      { offset: 4, what: "value" },
      { offset: 5, what: "key" },
      { offset: 6, what: "offset, timestamp or transaction" },
    ],
  });
  // A tombstone and an empty value are two things.
  expect(compared([...first.slice(0, 1), frame([[6, "a", ""]])])).toMatchObject({ differ: 1, isSame: false });
});

test("a record that is gone from the middle of a log is missing; below its start or after compaction it is gone by right", () => {
  const again = [frame([[5, "b", "2"]]), frame([[6, "a", null]])];
  expect(compared(again)).toMatchObject({ records: 3, differ: 1, differences: [{ offset: 4, what: "missing" }] });
  expect(compared(again, { logStart: 5 })).toMatchObject({ records: 2, gone: 1, differ: 0, isSame: true });
  expect(compared(again, { dense: false })).toMatchObject({ records: 2, gone: 1, differ: 0, isSame: true });
  const altered = [frame([[5, "b", "8"]])];
  expect(compared(altered, { dense: false })).toMatchObject({ records: 1, gone: 2, differ: 1, isSame: false });
});

test("a log that ends below what was read has lost its last batch, compacted or not; what was not served is not compared", () => {
  const again = [first[0] ?? frame([])];
  for (const dense of [true, false])
    expect(compared(again, { dense, upTo: 6, cutBelow: 7 })).toMatchObject({
      records: 3,
      gone: 0,
      differ: 1,
      differences: [{ offset: 6, what: "missing" }],
    });
  expect(compared(again, { upTo: 6 })).toMatchObject({ records: 2, differ: 0, isSame: true });
  expect(compared([], { upTo: 4 })).toMatchObject({ records: 0, gone: 0, differ: 0, isSame: true });
});

test("one changed record in any place of any stretch is found", () => {
  assert(
    property(integer({ min: 1, max: 40 }), nat(), string({ minLength: 1 }), (count, at, value) => {
      const rows = Array.from({ length: count }, (_, i): Row => [i, `k${i}`, `v${i}`]);
      const changed = rows.map((row, i): Row => (i === at % count ? [i, row[1], `${row[2]}${value}`] : row));
      const read = { first: [frame(rows)], upTo: count, dense: false };
      expect(compared([frame(rows)], read)).toMatchObject({ records: count, differ: 0, isSame: true });
      expect(compared([frame(changed)], read)).toMatchObject({ differ: 1, isSame: false });
    }),
  );
});

test("of a long log only the last batches are kept, and the newest however large it is", () => {
  const kept = keptFrames();
  for (let i = 0; i < 500; i += 1) keepFrame(kept, frame([[i, "k", "v"]]));
  expect([kept.frames.length, kept.frames[0]?.baseOffset]).toEqual([200, 300]);
  const big = "x".repeat(200_000);
  for (let i = 500; i < 503; i += 1) keepFrame(kept, frame([[i, "k", big]]));
  expect(kept.frames.map(({ baseOffset }) => baseOffset)).toEqual([502]);
});
