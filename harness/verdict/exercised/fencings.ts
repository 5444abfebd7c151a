import { parseNumbered } from "../../base/numbered.ts";
import { eventRef, recordRef, type EvidenceBatch, type Fence } from "../../model/evidence.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";
import { wasInjured, type Injured } from "./injured.ts";
import { addTo, beginCount, counted, type Counted } from "./witnesses.ts";
import { incarnationOf } from "./writers.ts";

/**
 * Incarnations that were alive and said `fenced`, after a status-0 record of the same transactional id that a newer
 * incarnation caused: testimony counts only where the logs bear it out.
 */
export interface Fencings {
  /** `stage-partition` → transactional id. */
  readonly idOf: (task: string) => string | null;
  /** One an incarnation, transactional id and number of its fences so far: the last. */
  readonly refused: Map<string, Refusal>;
  readonly fences: Map<string, Fence[]>;
  /** Sessions of producers with records, by transactional id. */
  readonly uses: Map<string, Use[]>;
  readonly ended: Map<string, number>;
}

interface Refusal {
  readonly incarnation: string;
  readonly id: string;
  readonly seq: number;
}

interface Use {
  readonly incarnation: string;
  /** As in Transaction. */
  readonly session: number;
  readonly producerId: number;
  /** Of its last transaction: at transaction.version 2 it rises with each. */
  producerEpoch: number;
  readonly firstSeq: number;
}

export function beginFencings(description: PipelineDescription): Fencings {
  return {
    idOf: (task) => transactionalIdOf(description, task),
    refused: new Map(),
    fences: new Map(),
    uses: new Map(),
    ended: new Map(),
  };
}

export function learnFencing(all: Fencings, batch: EvidenceBatch): void {
  if (batch.kind === "fence") push(all.fences, batch.fence.transactionalId, batch.fence);
  if (batch.kind === "transaction") {
    const { transactionalId, session, producerId, producerEpoch, firstSeq } = batch.transaction;
    const incarnation = firstSeq === null ? null : incarnationOf(batch.transaction);
    if (firstSeq === null || incarnation === null) return;
    const last = all.uses.get(transactionalId)?.at(-1);
    const isSame = last?.incarnation === incarnation && last.session === session && last.producerId === producerId;
    if (isSame) last.producerEpoch = Math.max(last.producerEpoch, producerEpoch);
    else push(all.uses, transactionalId, { incarnation, session, producerId, producerEpoch, firstSeq });
  }
  if (batch.kind !== "event") return;
  const { event } = batch;
  if (event.kind === "process-ended") all.ended.set(`${event.process}/${event.incarnation}`, event.seq);
  if (event.kind !== "testimony" || event.said !== "fenced" || event.task === null) return;
  const id = all.idOf(event.task);
  if (id === null) return;
  const incarnation = `${event.member}/${event.incarnation}`;
  const fences = all.fences.get(id)?.length ?? 0;
  all.refused.set(`${incarnation} ${id} ${fences}`, { incarnation, id, seq: event.seq });
}

/** Those of members that one fault was injected into; null: all. */
export function fencings(all: Fencings, injured: Injured, fault: string | null): Counted {
  const found = beginCount();
  for (const { incarnation, id, seq } of all.refused.values()) {
    const fence = (all.ended.get(incarnation) ?? Infinity) > seq ? newerFence(all, { incarnation, id, seq }) : null;
    if (fence === null) continue;
    const member = incarnation.slice(0, incarnation.lastIndexOf("/"));
    if (fault !== null && !wasInjured(injured, { fault, member, seq: fence.seq })) continue;
    addTo(found, eventRef(seq), recordRef(fence.at.topic, fence.at.partition, fence.at.offset));
  }
  return counted(found);
}

/** A fence after the incarnation's own last use, before its testimony, whose session another incarnation then used. */
function newerFence({ uses, fences }: Fencings, refused: Refusal): Fence | null {
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
  const of = parseNumbered(task);
  const stage = stages.find(({ name }) => name === of?.name);
  return of === null ? null : (stage?.transactionalId?.(of.number) ?? null);
}

function push<T>(all: Map<string, T[]>, key: string, value: T): void {
  const known = all.get(key);
  if (known === undefined) all.set(key, [value]);
  else known.push(value);
}
