import { beginDigest } from "../base/digest.ts";
import { slice } from "../model/evidence.ts";
import type { LogFrame } from "../model/log.ts";

/** What a second read of a stretch of a log is compared by. */
export interface SecondRead {
  readonly first: readonly LogFrame[];
  readonly again: readonly LogFrame[];
  /** Not compacted: a record above the log's start has to be there still. */
  readonly dense: boolean;
  /** Records below are deleted, by retention or on request. */
  readonly logStart: number;
  /** The second read was served up to here: what lies behind was not compared. */
  readonly upTo: number;
  /** The log ends below this offset, although records up to it had been read; null: it does not. */
  readonly cutBelow: number | null;
}

export interface Comparison {
  /** Records of the first read that were compared, the missing ones among them. */
  readonly records: number;
  /** Records that retention or compaction has removed since: nothing is compared there. */
  readonly gone: number;
  /** SHA-256 of the compared records, as they were read first and as they were read again. */
  readonly before: string;
  readonly after: string;
  /** Compared records that are not the same. */
  readonly differ: number;
  /** The first of those. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly offset: number;
  /** `missing`, or the parts of the record that are not the same, e.g. `value`. */
  readonly what: string;
}

const differencesMax = 8;

/** Compares what a consumer gets of each record, and its transaction; not sequence numbers or leader epochs, which no reader sees. */
export function compareReads({ first, again, dense, logStart, upTo, cutBelow }: SecondRead): Comparison {
  const second = new Map(
    again.flatMap((frame) => [...frame.offsets].map((offset, i) => [offset, { frame, i }] as const)),
  );
  const [before, after] = [beginDigest(), beginDigest()];
  const differences: Difference[] = [];
  let [records, gone, differ] = [0, 0, 0];
  for (const frame of first) {
    const isCutOff = cutBelow !== null && frame.lastOffset >= cutBelow - 1;
    for (const [i, offset] of frame.offsets.entries()) {
      const found = isCutOff ? undefined : second.get(offset);
      if (found === undefined && !isCutOff && offset >= upTo) continue;
      if (found === undefined && !isCutOff && (offset < logStart || !dense)) {
        gone += 1;
        continue;
      }
      records += 1;
      const own = partsOf(frame, i);
      const other = found === undefined ? null : partsOf(found.frame, found.i);
      addParts(before, own);
      if (other !== null) addParts(after, other);
      const what =
        other === null ? ["missing"] : own.flatMap((part, p) => (isSame(part, other[p]) ? [] : [names[p] ?? "?"]));
      if (what.length === 0) continue;
      differ += 1;
      if (differences.length < differencesMax) differences.push({ offset, what: what.join(", ") });
    }
  }
  return { records, gone, before: before.hex(), after: after.hex(), differ, differences };
}

const names = ["offset, timestamp or transaction", "key", "value", "headers"] as const;
type Part = Uint8Array | null;

function partsOf(frame: LogFrame, i: number): readonly Part[] {
  const { offsets, timestamps, producerId, producerEpoch, transactional, control, bytes } = frame;
  const numbers = [offsets[i], timestamps[i], producerId, producerEpoch, Number(transactional), Number(control)];
  return [
    Buffer.from(JSON.stringify(numbers)),
    slice(bytes, frame.keyAt, i),
    slice(bytes, frame.valueAt, i),
    slice(bytes, frame.headersAt, i),
  ];
}

function isSame(a: Part, b: Part | undefined): boolean {
  return a === null || b == null ? a === b : Buffer.compare(a, b) === 0;
}

function addParts(to: ReturnType<typeof beginDigest>, parts: readonly Part[]): void {
  for (const part of parts) {
    to.add(part === null ? "-" : `${part.length}:`);
    if (part !== null) to.add(part);
  }
}
