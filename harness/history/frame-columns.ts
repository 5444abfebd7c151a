import type { ByteReader, ByteWriter } from "./bytes.ts";
import { readColumn, writeColumn, type Prediction } from "./column.ts";

/** The numbers of a block of frames. Per frame, up to `sequence`; per record, the rest: lengths are -1 for null. */
export interface FrameColumns {
  readonly seq: Float64Array;
  readonly flags: Float64Array;
  readonly base: Float64Array;
  readonly count: Float64Array;
  readonly last: Float64Array;
  readonly highWatermark: Float64Array;
  readonly lastStable: Float64Array;
  readonly leaderEpoch: Float64Array;
  readonly producerId: Float64Array;
  readonly epoch: Float64Array;
  readonly sequence: Float64Array;
  readonly offset: Float64Array;
  readonly timestamp: Float64Array;
  readonly key: Float64Array;
  readonly value: Float64Array;
  readonly headers: Float64Array;
}

export const flag = { transactional: 1, control: 2 } as const;

export function emptyColumns(frames: number, records: number): FrameColumns {
  const perFrame = (): Float64Array => new Float64Array(frames);
  const perRecord = (): Float64Array => new Float64Array(records);
  return {
    seq: perFrame(),
    flags: perFrame(),
    base: perFrame(),
    count: perFrame(),
    last: perFrame(),
    highWatermark: perFrame(),
    lastStable: perFrame(),
    leaderEpoch: perFrame(),
    producerId: perFrame(),
    epoch: perFrame(),
    sequence: perFrame(),
    offset: perRecord(),
    timestamp: perRecord(),
    key: perRecord(),
    value: perRecord(),
    headers: perRecord(),
  };
}

export function writeColumns(to: ByteWriter, columns: FrameColumns): void {
  for (const group of groups) for (const [values, predict] of group(columns)) writeColumn(to, values, predict);
}

/** False: these bytes are not columns of this many frames and records. */
export function readColumns(from: ByteReader, columns: FrameColumns): boolean {
  for (const group of groups)
    for (const [values, predict] of group(columns)) if (!readColumn(from, values, predict)) return false;
  return true;
}

type Group = (columns: FrameColumns) => readonly (readonly [Float64Array, Prediction])[];

/** In the order in which they are written. A group's predictions may rest on the columns of the groups before it. */
const groups: readonly Group[] = [
  (columns) => [
    [columns.seq, next(columns.seq)],
    [columns.flags, same(columns.flags)],
    [columns.count, same(columns.count)],
    [columns.base, (i) => (columns.base[i - 1] ?? 0) + (columns.count[i - 1] ?? 0)],
    [columns.last, (i) => (columns.base[i] ?? 0) + (columns.count[i] ?? 0) - 1],
    [columns.highWatermark, same(columns.highWatermark)],
    [columns.lastStable, same(columns.lastStable)],
    [columns.leaderEpoch, same(columns.leaderEpoch)],
    [columns.producerId, same(columns.producerId)],
  ],
  (columns) => {
    const earlier = earlierOfProducer(columns);
    const isControl = (i: number): boolean => ((columns.flags[i] ?? 0) & flag.control) !== 0;
    return [
      [columns.epoch, (i) => columns.epoch[earlier[i] ?? -1] ?? columns.epoch[i - 1] ?? 0],
      [columns.sequence, (i) => (isControl(i) ? -1 : followingSequence(columns, i, earlier[i] ?? -1))],
    ];
  },
  (columns) => {
    const firsts = new Map<number, number>();
    let at = 0;
    for (let frame = 0; frame < columns.count.length; frame += 1) {
      firsts.set(at, columns.base[frame] ?? 0);
      at += columns.count[frame] ?? 0;
    }
    return [
      [columns.offset, (i) => firsts.get(i) ?? (columns.offset[i - 1] ?? 0) + 1],
      [columns.timestamp, same(columns.timestamp)],
      [columns.key, same(columns.key)],
      [columns.value, same(columns.value)],
      [columns.headers, same(columns.headers)],
    ];
  },
];

const same =
  (column: Float64Array): Prediction =>
  (i) =>
    column[i - 1] ?? 0;
const next =
  (column: Float64Array): Prediction =>
  (i) =>
    (column[i - 1] ?? -1) + 1;

/** Per frame, the latest frame before it with data of the same producer; -1 without. */
function earlierOfProducer({ producerId, flags }: FrameColumns): Int32Array {
  const latest = new Map<number, number>();
  return Int32Array.from(producerId, (id, i) => {
    const earlier = latest.get(id) ?? -1;
    if (((flags[i] ?? 0) & flag.control) === 0) latest.set(id, i);
    return earlier;
  });
}

/** A producer numbers its records on, and begins again with a new epoch. */
function followingSequence({ epoch, sequence, count }: FrameColumns, i: number, earlier: number): number {
  if (earlier < 0 || epoch[earlier] !== epoch[i]) return 0;
  return (sequence[earlier] ?? 0) + (count[earlier] ?? 0);
}
