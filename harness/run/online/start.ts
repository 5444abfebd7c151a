import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock } from "../../base/clock.ts";
import type { Recorder } from "../../history/recorder.ts";
import type { HistoryItem } from "../../model/history.ts";
import type { Chunk, ChunkChecked, OnlineQuestion } from "./protocol.ts";

export interface OnlineOptions extends OnlineQuestion {
  readonly recorder: Pick<Recorder, "record" | "subscribe" | "subscribeFrames">;
  readonly clock: Pick<Clock, "now">;
}

/** Disposing it ends the checking, and records what it cost. */
export type OnlineWatch = AsyncDisposable;

const everyMs = 50;
/** Before the host factor: an answer that takes longer is none. The first includes the thread's start. */
const answerMsMax = 20_000;
const bytesMax = 1_024;
const tellEveryNanos = 0.5e9;

/**
 * Hands the history to a thread as it comes, from now on, and records what that finds: `anomaly-seen`. Where the thread ends or does not
 * answer any more, `online-checks-ended` says why: nobody watches from then on.
 */
export function startOnlineChecks(options: OnlineOptions): OnlineWatch {
  const { recorder, clock, planPath, hostFactor } = options;
  const { record } = recorder;
  const question: OnlineQuestion = { planPath, hostFactor };
  const worker = new Worker(join(import.meta.dirname, "worker.ts"), { workerData: question });
  const sent = beginSent(clock);
  let queue: HistoryItem[] = [];
  let last: ChunkChecked | null = null;
  let lagMs = 0;
  let toldAt = -Infinity;
  let isOver = false;
  const end = (why: string | null): void => {
    if (isOver) return;
    isOver = true;
    for (const one of [events, frames]) one[Symbol.dispose]();
    clearInterval(timer);
    const { cpuMs = 0, looks = 0, longestLookMs = 0 } = last ?? {};
    record({ kind: "online-checks-ended", items: sent.items(), looks, cpuMs, longestLookMs, lagMs, why });
  };
  const events = recorder.subscribe((event) => void queue.push({ kind: "event", event }));
  const frames = recorder.subscribeFrames((batch) => void queue.push({ kind: "frame", batch }));
  const timer = setInterval(() => {
    if (sent.waitedMs() > answerMsMax * hostFactor) return end("The online checks do not answer any more.");
    if (queue.length === 0) return;
    worker.postMessage(sent.chunk(queue), []);
    queue = [];
  }, everyMs);
  worker.on("message", (answer: ChunkChecked) => {
    lagMs = Math.max(lagMs, sent.answered(answer.number));
    last = answer;
    if (!isOver && answer.hasLooked && clock.now() - toldAt >= tellEveryNanos) {
      toldAt = clock.now();
      record({ kind: "gauge-checked", upTo: sent.lastSeqOf(answer.number) });
    }
    for (const { invariant, sentence, evidence, seq } of isOver ? [] : answer.found)
      record({
        kind: "anomaly-seen",
        invariant,
        sentence: sentence.slice(0, bytesMax),
        evidence: evidence.slice(0, 10),
        record: seq,
        ageMs: seq === null ? null : sent.ageMs(seq),
      });
  });
  worker.on("error", (error) => end(`The online checks ended: ${String(error).slice(0, bytesMax)}`));
  worker.on("exit", () => end("The online checks ended by themselves."));
  return {
    async [Symbol.asyncDispose]() {
      end(null);
      await worker.terminate();
    },
  };
}

interface Sent {
  readonly number: number;
  readonly lastSeq: number;
  readonly atMs: number;
}

/** Chunks kept to tell how old a record is: of 50 ms each, those of three minutes. */
const keptMax = 4_000;

/** When which items were handed over, and which of them are answered. */
function beginSent(clock: Pick<Clock, "now">) {
  const nowMs = (): number => clock.now() / 1e6;
  const chunks: Sent[] = [];
  let answered = 0;
  let items = 0;
  const beganMs = nowMs();
  return {
    items: () => items,
    chunk(queue: readonly HistoryItem[]): Chunk {
      const lastItem = queue.at(-1);
      const lastSeq = lastItem?.kind === "event" ? lastItem.event.seq : (lastItem?.batch.seq ?? -1);
      const number = (chunks.at(-1)?.number ?? 0) + 1;
      chunks.push({ number, lastSeq, atMs: nowMs() });
      if (chunks.length > keptMax) chunks.shift();
      items += queue.length;
      return { number, items: queue };
    },
    /** How long the chunk waited for its answer. */
    answered(number: number): number {
      answered = number;
      return Math.round(nowMs() - (chunks.find((chunk) => chunk.number === number)?.atMs ?? beganMs));
    },
    lastSeqOf: (number: number): number => chunks.find((chunk) => chunk.number === number)?.lastSeq ?? -1,
    /** How long the oldest chunk without an answer has waited. */
    waitedMs(): number {
      const open = chunks.find(({ number }) => number > answered);
      return open === undefined ? 0 : nowMs() - open.atMs;
    },
    /** Since this place in the history was handed over. */
    ageMs: (seq: number): number =>
      Math.round(nowMs() - (chunks.find(({ lastSeq }) => lastSeq >= seq)?.atMs ?? beganMs)),
  };
}
