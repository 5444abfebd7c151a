import { setTimeout as sleep } from "node:timers/promises";
import { RollproofError } from "../base/errors.ts";
import { digestStream, streamRecords } from "../base/stream.ts";
import type { RecordEvent } from "../model/event.ts";
import type { InputRecord, PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { Lane, type NumberedRecord } from "./lane.ts";
import { beginPaceClock, recordsDue } from "./pace.ts";

export interface WorkloadOptions {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  /** The direct listeners: no fault travels these links. */
  readonly bootstrap: readonly string[];
  readonly record: RecordEvent;
  readonly signal: AbortSignal;
}

/** The load of a run. Disposing it ends it and its producers. */
export interface Workload extends AsyncDisposable {
  /** The first send: time 0. */
  start(): void;
  /** Hands nothing more to Kafka until it is released, or the upgrade is over. The pace goes on from where it was. */
  hold(): void;
  release(): void;
  /** The upgrade is over, well or not: send the remainder at once. */
  finalised(): void;
  /** Sends nothing more; `done` resolves once what was being sent is answered. */
  stop(): void;
  /** All was sent, or it was stopped. Rejects with the signal's reason, or when Kafka cannot be reached any more. */
  readonly done: Promise<{ readonly records: number }>;
}

const tickMs = 25;
const nowMs = (): number => performance.now();

/**
 * Re-derives the planned stream, compares its digest with the plan's (`plan-invalid` when it differs), and connects one
 * idempotent producer per partition. Records send-invoked and its answer, time-zero, sends-finished.
 */
export async function startWorkload(options: WorkloadOptions): Promise<Workload> {
  const { plan, description, signal } = options;
  signal.throwIfAborted();
  const stream = (): Iterable<InputRecord> => streamRecords(description, plan.seed, plan.scenario.workload);
  const topics = checkStream(plan, description, stream());

  const lanes = new Map<string, Lane>();
  for (const { topic, partition } of topics) {
    const { bootstrap, record } = options;
    lanes.set(
      `${topic}-${partition}`,
      new Lane({ topic, partition, stream: description.workload.stream, bootstrap, record, signal }),
    );
  }
  const disconnect = async (): Promise<void> => {
    await Promise.all([...lanes.values()].map((lane) => lane[Symbol.asyncDispose]()));
  };
  try {
    await Promise.all([...lanes.values()].map((lane) => lane.connect()));
  } catch (error) {
    await disconnect();
    throw error;
  }

  const run = new PacedRun({ ...options, lanes, records: stream() });
  return {
    start: () => run.start(),
    hold: () => run.clock.hold(),
    release: () => run.clock.release(),
    finalised: () => run.finalised(),
    stop: () => run.stop(),
    done: run.done,
    async [Symbol.asyncDispose]() {
      run.stop();
      await disconnect();
    },
  };
}

/** The partitions that the stream writes to, when it is the planned one. */
function checkStream(plan: Plan, description: PipelineDescription, records: Iterable<InputRecord>) {
  const partitions = new Map<string, { readonly topic: string; readonly partition: number }>();
  const seen = function* (): Iterable<InputRecord> {
    for (const record of records) {
      const { topic, partition } = record;
      partitions.set(`${topic}-${partition}`, { topic, partition });
      yield record;
    }
  };
  const { stream } = description.workload;
  const planned = plan.sends.find((one) => one.stream === stream);
  const derived = digestStream(seen());
  if (planned === undefined || planned.count !== derived.count || planned.sha256 !== derived.sha256)
    throw new RollproofError(
      "plan-invalid",
      `The plan's stream ${stream} is not the one that its seed gives here: planned ${planned?.count ?? 0} records ` +
        `of digest ${planned?.sha256 ?? "none"}, derived ${derived.count} of ${derived.sha256}.`,
      { remedy: "The plan was edited, or made by another version of rollproof: make it anew with `rollproof plan`." },
    );
  return [...partitions.values()];
}

interface PacedOptions extends WorkloadOptions {
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly records: Iterable<InputRecord>;
}

/** Hands records to their lanes as they become due. */
class PacedRun {
  readonly done: Promise<{ readonly records: number }>;
  /** From the first send on. */
  clock = beginPaceClock(nowMs);
  readonly #options: PacedOptions;
  readonly #outcome = Promise.withResolvers<{ readonly records: number }>();
  #isStarted = false;
  #isFinalised = false;
  #isStopped = false;

  constructor(options: PacedOptions) {
    this.#options = options;
    this.done = this.#outcome.promise;
    this.done.catch(() => undefined); // whoever awaits it sees it; nobody has to
  }

  start(): void {
    if (this.#isStarted || this.#isStopped) return;
    this.#isStarted = true;
    this.#pace().then(this.#outcome.resolve, this.#outcome.reject);
  }

  finalised(): void {
    this.#isFinalised = true;
  }

  stop(): void {
    this.#isStopped = true;
    for (const lane of this.#options.lanes.values()) lane.forget();
    if (!this.#isStarted) this.#outcome.resolve({ records: 0 });
  }

  async #pace(): Promise<{ readonly records: number }> {
    const { plan, lanes, record, signal, records } = this.#options;
    const { inputs, paceMs } = plan.scenario.workload;
    this.clock = beginPaceClock(nowMs);
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => undefined);
    const source = records[Symbol.iterator]();
    record({ kind: "time-zero" });
    for (let handed = 0; handed < inputs && !this.#isStopped;) {
      signal.throwIfAborted();
      const elapsedMs = this.clock.elapsedMs();
      const due = recordsDue({ records: inputs, paceMs, elapsedMs, isFinalised: this.#isFinalised });
      handDue(source, handed, due, lanes);
      handed = Math.max(handed, due);
      for (const lane of lanes.values()) lane.work().catch(failed.reject);
      if (handed < inputs) await Promise.race([sleep(tickMs, undefined, { signal }), failed.promise]);
    }
    await Promise.race([Promise.all([...lanes.values()].map((lane) => lane.work())), failed.promise]);
    signal.throwIfAborted();
    const sent = [...lanes.values()].reduce((sum, lane) => sum + lane.sent, 0);
    record({ kind: "sends-finished", records: sent });
    return { records: sent };
  }
}

/** Takes the records numbered `from` to `to` (exclusive) from the source and queues each at its partition's lane. */
function handDue(source: Iterator<InputRecord>, from: number, to: number, lanes: ReadonlyMap<string, Lane>): void {
  const batches = new Map<string, NumberedRecord[]>();
  for (let index = from; index < to; index++) {
    const next = source.next();
    if (next.done === true) break;
    const at = `${next.value.topic}-${next.value.partition}`;
    const batch = batches.get(at) ?? [];
    batches.set(at, batch);
    batch.push({ ...next.value, index });
  }
  for (const [at, batch] of batches) lanes.get(at)?.push(batch);
}
