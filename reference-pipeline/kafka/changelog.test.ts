import { expect, test } from "vitest";
import { readChangelog } from "./changelog.ts";
import type { RecordsBatch } from "./raw-log.ts";

const batch = (firstOffset: number, producerId: number, keys: readonly string[], attributes = 16): RecordsBatch => ({
  firstOffset: BigInt(firstOffset),
  length: 0,
  partitionLeaderEpoch: 0,
  magic: 2,
  crc: 0,
  attributes,
  lastOffsetDelta: keys.length - 1,
  firstTimestamp: 0n,
  maxTimestamp: 0n,
  producerId: BigInt(producerId),
  producerEpoch: 0,
  firstSequence: 0,
  records: keys.map((key, offsetDelta) => ({
    length: 0,
    attributes: 0,
    timestampDelta: 0n,
    offsetDelta,
    key: Buffer.from(key),
    value: key.endsWith("-") ? null : Buffer.from(`v${key}`),
    headers: [],
  })),
});
const marker = (offset: number, producerId: number, type: number): RecordsBatch =>
  batch(offset, producerId, [`\0\0\0${String.fromCharCode(type)}`], 48);

/** A partition that gives out its batches from the one that holds the position on, two a fetch. */
const log = (batches: readonly RecordsBatch[]) => (position: number) =>
  Promise.resolve({
    highWatermark: 0,
    batches: batches
      .filter(({ firstOffset, lastOffsetDelta }) => Number(firstOffset) + lastOffsetDelta >= position)
      .slice(0, 2),
  });

const summary = async (from: number, to: number, batches: readonly RecordsBatch[]): Promise<string[]> =>
  (await readChangelog({ from, to, endsOn: "position" }, log(batches))).map(
    ({ offset, key, value, aborted }) =>
      `${offset} ${Buffer.from(key).toString()}=${value === null ? "null" : Buffer.from(value).toString()}${aborted ? " aborted" : ""}`,
  );

test("the fate of each record is that of its producer's next marker", async () => {
  const batches = [
    batch(0, 1, ["a", "b-"]),
    batch(2, 2, ["c"]),
    marker(3, 1, 1),
    marker(4, 2, 0),
    batch(5, 2, ["d"]),
    marker(6, 2, 1),
  ];
  expect(await summary(0, 7, batches)).toEqual(["0 a=va", "1 b-=null", "2 c=vc aborted", "5 d=vd"]);
});

test("a reading begins and ends on positions, in mid-batch, on a marker, or where compaction left nothing", async () => {
  const batches = [batch(0, 1, ["a", "b", "c"]), marker(3, 1, 1), batch(8, 1, ["d", "e"]), marker(10, 1, 1)];
  expect(await summary(1, 2, batches)).toEqual(["1 b=vb"]);
  expect(await summary(3, 8, batches)).toEqual([]);
  expect(await summary(2, 9, batches)).toEqual(["2 c=vc", "8 d=vd"]);
  expect(await summary(4, 4, batches)).toEqual([]);
});

test("a marker behind the end still decides the records before it", async () => {
  const batches = [batch(0, 1, ["a"]), batch(1, -1, ["x"], 0), marker(2, 1, 0)];
  expect(await summary(0, 1, batches)).toEqual(["0 a=va aborted"]);
});

test("a reading that ends on a record never ends where a marker is last", async () => {
  const batches = [batch(0, 1, ["a"]), marker(1, 1, 1)];
  const ends = async (to: number): Promise<boolean> => {
    let fetches = 0;
    const fetch = async (position: number) => {
      fetches += 1;
      if (fetches > 5) throw new Error("no end");
      return await log(batches)(position);
    };
    return await readChangelog({ from: 0, to, endsOn: "last-record" }, fetch).then(
      () => true,
      () => false,
    );
  };
  expect([await ends(1), await ends(2)]).toEqual([true, false]);
});
