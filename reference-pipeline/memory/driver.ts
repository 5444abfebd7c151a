import type { Answer, ChangelogRecord, Effect, EffectResults, Identity, Job, Sent } from "../core/effects.ts";
import type { TaskContext } from "../core/task.ts";
import { transactionalIdOf } from "../core/stages.ts";
import type { Cluster, ProducerSession } from "./cluster.ts";
import type { TaskDisk } from "./disk.ts";
import type { PartitionLog } from "./log.ts";

/** One start of one task on one member: what an open and everything after it run upon. */
export interface Seat {
  readonly context: TaskContext;
  readonly cluster: Cluster;
  readonly disk: TaskDisk;
  /** Member and incarnation: whom the group knows. */
  readonly owner: string;
  /** Different for every start. */
  readonly unique: string;
  session: ProducerSession | null;
  /** The consumer's next offset. */
  position: number;
  /** Behind the last batch that was polled; null: none yet. */
  fetchedTo: number | null;
}

export type EffectResult = EffectResults[Effect["kind"]];

/** Carries out one effect, whole. */
export function carryOut(seat: Seat, effect: Effect): EffectResult {
  const { cluster, disk, context } = seat;
  const { stage, partition, topics } = context;
  switch (effect.kind) {
    case "fence":
      seat.session = cluster.initialise(idOf(seat, effect.identity));
      return "ok";
    case "committed-offset":
      return cluster.committedOffset(stage.group, partition);
    case "source-start":
      return 0;
    case "source-end":
      return cluster.log(topics.source, partition).end;
    case "source-read":
      return logRead(cluster.log(topics.source, partition), effect);
    case "fetch-position":
      return seat.fetchedTo;
    case "changelog-end":
      return cluster.log(topics.changelog, partition).end;
    case "changelog-read":
      return logRead(cluster.log(topics.changelog, partition), effect);
    case "seek":
      seat.position = effect.offset;
      return undefined;
    case "send":
    case "send-offsets":
    case "commit":
    case "abort":
      return produce(seat, effect);
    case "send-plainly":
      return cluster.sendPlainly(effect, effect.records);
    case "commit-offsets-plainly":
      return cluster.commitPlainly(seat.owner, { group: stage.group, partition, next: effect.nextOffset });
    case "source-delete": // logs in memory keep everything
    case "begin": // local to the client: the coordinator hears of a transaction with its first send
    case "wait-before-reread":
    case "point":
    case "testify":
      return undefined;
    default:
      return onDisk(disk, effect);
  }
}

/** Runs a job to its end; says what it answered and which effects it had. */
export function runJob<T>(seat: Seat, job: Job<T>): { readonly answer: T; readonly effects: readonly Effect[] } {
  const effects: Effect[] = [];
  for (let result: EffectResult = undefined; ;) {
    const { done, value } = job.next(result);
    if (done === true) return { answer: value, effects };
    effects.push(value);
    result = carryOut(seat, value);
  }
}

type ProducerEffect = Extract<Effect, { kind: "send" | "send-offsets" | "commit" | "abort" }>;

function produce({ cluster, session, context }: Seat, effect: ProducerEffect): Answer | Sent {
  if (session === null) throw new Error("A producer is made by the effect `fence`, before anything is sent.");
  switch (effect.kind) {
    case "send":
      return cluster.send(session, effect, effect.records);
    case "send-offsets":
      return cluster.sendOffsets(session, {
        group: context.stage.group,
        partition: context.partition,
        next: effect.nextOffset,
      });
    case "commit":
      return cluster.end(session, "committed");
    case "abort":
      return cluster.end(session, "aborted");
    default:
      return effect satisfies never;
  }
}

function idOf({ context: { stage, partition }, unique }: Seat, identity: Identity): string {
  const base = transactionalIdOf(stage.name, partition);
  return { task: base, start: `${base}-${unique}`, job: "reference" }[identity];
}

function logRead(
  { records }: PartitionLog,
  { from, to }: { readonly from: number; readonly to: number },
): readonly ChangelogRecord[] {
  return records
    .filter(({ offset }) => offset >= from && offset < to)
    .map(({ offset, key, value, transaction }) => ({ offset, key, value, aborted: transaction?.status === "aborted" }));
}

type DiskEffect = Extract<Effect, { kind: `store-${string}` | `clean-${string}` | `checkpoint-${string}` }>;

function onDisk(disk: TaskDisk, effect: DiskEffect): EffectResult {
  switch (effect.kind) {
    case "store-load":
      return new Map(disk.store);
    case "store-put":
      if (effect.value === null) disk.store.delete(effect.key);
      else disk.store.set(effect.key, effect.value);
      return undefined;
    case "store-replace":
      disk.store = new Map(effect.entries);
      return undefined;
    case "clean-read":
      return disk.clean;
    case "clean-write":
      disk.clean = effect.content;
      return undefined;
    case "clean-remove":
      disk.clean = null;
      return undefined;
    case "checkpoint-list":
      return [...disk.checkpoints.keys()].toSorted((a, b) => a - b);
    case "checkpoint-load":
      return disk.checkpoints.get(effect.n) ?? null;
    case "checkpoint-write":
      disk.temporary.set(effect.n, effect.bytes);
      return undefined;
    case "checkpoint-publish":
      disk.checkpoints.set(effect.n, disk.temporary.get(effect.n) ?? new Uint8Array());
      disk.temporary.delete(effect.n);
      return undefined;
    case "checkpoint-write-in-place":
      disk.checkpoints.set(effect.n, effect.bytes);
      return undefined;
    case "checkpoint-delete":
      disk.checkpoints.delete(effect.n);
      return undefined;
    default:
      return effect satisfies never;
  }
}
