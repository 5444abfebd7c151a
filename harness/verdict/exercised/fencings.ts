import { eventRef, recordRef, type EvidenceBatch, type Fence } from "../../model/evidence.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";
import { counted, type Counted } from "./witnesses.ts";
import { incarnationOf } from "./writers.ts";

/**
 * Incarnations that were alive and said `fenced`, after a status-0 record of the same transactional id that a newer
 * incarnation caused: testimony counts only where the logs bear it out.
 */
export interface Fencings {
  /** `stage-partition` → transactional id. */
  readonly idOf: (task: string) => string | null;
  readonly refused: { readonly incarnation: string; readonly id: string; readonly seq: number }[];
  readonly fences: Map<string, Fence[]>;
  /** Producer sessions with records, by transactional id. */
  readonly uses: Map<string, Use[]>;
  readonly ended: Map<string, number>;
}

interface Use {
  readonly incarnation: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly firstSeq: number;
}

export function startFencings(description: PipelineDescription): Fencings {
  return {
    idOf: (task) => transactionalIdOf(description, task),
    refused: [],
    fences: new Map(),
    uses: new Map(),
    ended: new Map(),
  };
}

export function learnFencing(all: Fencings, batch: EvidenceBatch): void {
  if (batch.kind === "fence") push(all.fences, batch.fence.transactionalId, batch.fence);
  if (batch.kind === "transaction") {
    const { transactionalId, producerId, producerEpoch, firstSeq } = batch.transaction;
    const incarnation = firstSeq === null ? null : incarnationOf(batch.transaction);
    if (firstSeq === null || incarnation === null) return;
    const last = all.uses.get(transactionalId)?.at(-1);
    const isSame = last?.incarnation === incarnation && last.producerEpoch === producerEpoch;
    if (!isSame) push(all.uses, transactionalId, { incarnation, producerId, producerEpoch, firstSeq });
  }
  if (batch.kind !== "event") return;
  const { event } = batch;
  if (event.kind === "process-ended") all.ended.set(`${event.process}/${event.incarnation}`, event.seq);
  if (event.kind !== "testimony" || event.said !== "fenced" || event.task === null) return;
  const id = all.idOf(event.task);
  if (id !== null) all.refused.push({ incarnation: `${event.member}/${event.incarnation}`, id, seq: event.seq });
}

export function fencings(all: Fencings): Counted {
  const refs: string[] = [];
  let seen = 0;
  for (const { incarnation, id, seq } of all.refused) {
    const fence = (all.ended.get(incarnation) ?? Infinity) > seq ? newerFence(all, { incarnation, id, seq }) : null;
    if (fence === null) continue;
    seen += 1;
    refs.push(eventRef(seq), recordRef(fence.at.topic, fence.at.partition, fence.at.offset));
  }
  return counted(refs, seen);
}

/** A fence after the incarnation's own last use, before its testimony, whose session another incarnation then used. */
function newerFence(
  { uses, fences }: Fencings,
  refused: { readonly incarnation: string; readonly id: string; readonly seq: number },
): Fence | null {
  const all = uses.get(refused.id) ?? [];
  const own = all.findLast((use) => use.incarnation === refused.incarnation && use.firstSeq < refused.seq);
  if (own === undefined) return null;
  const candidates = (fences.get(refused.id) ?? []).filter(
    ({ producerId, producerEpoch, seq }) =>
      seq < refused.seq && (producerId === own.producerId ? producerEpoch > own.producerEpoch : seq > own.firstSeq),
  );
  return (
    candidates.findLast(({ producerId, producerEpoch }) =>
      all.some(
        (use) =>
          use.incarnation !== refused.incarnation &&
          use.producerId === producerId &&
          use.producerEpoch >= producerEpoch,
      ),
    ) ?? null
  );
}

function transactionalIdOf({ stages }: PipelineDescription, task: string): string | null {
  const dash = task.lastIndexOf("-");
  const partition = Number(task.slice(dash + 1));
  const stage = stages.find(({ name }) => name === task.slice(0, dash));
  if (dash < 1 || !Number.isSafeInteger(partition) || stage === undefined) return null;
  return stage.transactionalId?.(partition) ?? null;
}

function push<T>(all: Map<string, T[]>, key: string, value: T): void {
  const known = all.get(key);
  if (known === undefined) all.set(key, [value]);
  else known.push(value);
}
