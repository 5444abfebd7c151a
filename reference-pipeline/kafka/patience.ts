import { setTimeout as sleep } from "node:timers/promises";

/** Kafka did not answer in time; whoever asked starts afresh. Not a defect of the job. */
export class KafkaUnavailable extends Error {
  override readonly name = "KafkaUnavailable";
}

/** The owner that asked is no longer current (a newer assignment, a drain): its work is dropped. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

export interface Patience {
  readonly what: string;
  readonly deadlineMs: number;
  /** Throws Superseded when the answer is no longer wanted. */
  readonly stillWanted: () => void;
  readonly pauseMs?: number;
}

/** Tries until an attempt succeeds; throws KafkaUnavailable with the last error as cause when the deadline passes. */
export async function patiently<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  const began = performance.now();
  for (;;) {
    patience.stillWanted();
    try {
      return await attempt();
    } catch (cause) {
      patience.stillWanted();
      if (cause instanceof Superseded) throw cause;
      if (performance.now() - began > patience.deadlineMs)
        throw new KafkaUnavailable(`No answer within ${patience.deadlineMs} ms: ${patience.what}.`, { cause });
    }
    await sleep(patience.pauseMs ?? 50);
  }
}
