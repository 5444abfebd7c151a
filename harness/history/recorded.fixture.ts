import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { offset, partition, runNanos } from "../model/brand.ts";
import type { HistoryEnd, HistoryItem } from "../model/history.ts";
import type { LogBatch, LogFrame } from "../model/log.ts";
import { readHistory } from "./reader.ts";
import { openRecorder, type Recorder } from "./recorder.ts";

/** A folder that goes when the test ends. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "rollproof-history-"));
  readonly history = join(this.path, "history");
  /** Size of all files of the history. */
  bytes(): number {
    return readdirSync(this.history).reduce((sum, name) => sum + statSync(join(this.history, name)).size, 0);
  }
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const clock = { now: () => runNanos(7), wallMs: () => 0 };

export function frame(topic: string, base: number, values: readonly string[]): LogFrame {
  const bytes = new TextEncoder().encode(values.join(""));
  let at = 0;
  const cuts = values.flatMap((value) => [at, (at += value.length)]);
  const none = Int32Array.from(values.flatMap(() => [0, -1]));
  return {
    topic,
    partition: partition(0),
    highWatermark: offset(base + values.length),
    lastStableOffset: offset(base),
    baseOffset: offset(base),
    lastOffset: offset(base + values.length - 1),
    transactional: true,
    control: false,
    producerId: 9,
    producerEpoch: 3,
    baseSequence: 0,
    leaderEpoch: 5,
    count: values.length,
    offsets: Float64Array.from(values, (_, i) => base + i),
    timestamps: Float64Array.from(values, () => 1_700_000_000_000),
    keyAt: none,
    valueAt: Int32Array.from(cuts),
    headersAt: none,
    bytes,
  };
}

/** What a body records, as subscribers saw it. */
export async function recorded(
  where: string,
  body: (recorder: Recorder) => Promise<void> | void,
): Promise<readonly HistoryItem[]> {
  const recorder = await openRecorder(where, clock);
  const seen: HistoryItem[] = [];
  recorder.subscribe((event) => void seen.push({ kind: "event", event }));
  recorder.subscribeFrames((batch) => void seen.push({ kind: "frame", batch }));
  await body(recorder);
  await recorder.close();
  return seen;
}

/** Three rounds of blocks over two logs. */
export async function threeRounds(recorder: Recorder): Promise<void> {
  recorder.record({ kind: "time-zero" });
  recorder.recordFrame(frame("out.a-b", 0, ["one", "two"]));
  recorder.recordFrame(frame("in", 0, ["three"]));
  await recorder.flush();
  recorder.record({ kind: "tail-gap", topic: "in", partition: 0, from: 1, to: 4 });
  recorder.recordFrame(frame("out.a-b", 2, ["four", ""]));
  recorder.recordFrame(frame("in", 4, ["five"]));
  await recorder.flush();
  recorder.recordFrame(frame("out.a-b", 4, ["six"]));
  recorder.record({ kind: "faults-over" });
}

export function read(where: string): { readonly items: readonly HistoryItem[]; readonly end: HistoryEnd } {
  const history = readHistory(where);
  return { items: [...history.items()], end: history.end() };
}

/** Records as they are, without where their bytes lie. */
export function contents({ bytes, keyAt, valueAt, headersAt, offsets, timestamps, ...rest }: LogBatch): unknown {
  const cut = (cuts: Int32Array): unknown =>
    Array.from({ length: rest.count }, (_, i) => {
      const end = cuts[2 * i + 1] ?? -1;
      return end < 0 ? null : Buffer.from(bytes.subarray(cuts[2 * i], end)).toString("hex");
    });
  return {
    ...rest,
    offsets: [...offsets],
    timestamps: [...timestamps],
    keys: cut(keyAt),
    values: cut(valueAt),
    headers: cut(headersAt),
  };
}
