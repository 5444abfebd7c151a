import { commitKey, recordRef, type EvidenceBatch, type Generation, type OffsetCommit } from "../../model/evidence.ts";
import { faultsOn, wasInjured, type Injured } from "./injured.ts";
import { addTo, beginCount, counted, type Counted } from "./witnesses.ts";

/**
 * Fencings of members that say nothing: an incarnation that lived, with a fault active on it, was in no member's seat of its
 * group's next generation, and a partition that it had owned was committed for by its successors while it still lived. Whatever it
 * commits as the member that it was, the broker refuses from then on (KIP-447).
 */
export interface Takeovers {
  readonly latest: Map<string, Generation>;
  /** By `group/topic-partition`: who was put out while owning it, and nobody has committed for it since. */
  readonly waiting: Map<string, PutOut>;
  /** Incarnations alive, by member. */
  readonly alive: Map<string, number>;
  readonly ended: Map<string, number>;
  /** Each incarnation once a generation. */
  readonly found: Map<PutOut, string>;
}

interface PutOut {
  readonly member: string;
  readonly incarnation: number;
  readonly generation: Generation;
}

export function beginTakeovers(): Takeovers {
  return { latest: new Map(), waiting: new Map(), alive: new Map(), ended: new Map(), found: new Map() };
}

export function learnTakeover(all: Takeovers, injured: Injured, batch: EvidenceBatch): void {
  switch (batch.kind) {
    case "event": {
      const { event } = batch;
      if (event.kind === "process-started") all.alive.set(event.process, event.incarnation);
      if (event.kind !== "process-ended") break;
      all.alive.delete(event.process);
      all.ended.set(`${event.process}/${event.incarnation}`, event.seq);
      break;
    }
    case "generation":
      putOut(all, injured, batch.generation);
      break;
    case "plain-commit":
      takeOver(all, batch.commit);
      break;
    case "transaction":
      if (batch.transaction.outcome === "committed")
        for (const commit of batch.transaction.commits) takeOver(all, commit);
      break;
    default:
      break;
  }
}

/** Those of members that one fault was injected into; null: all. */
export function takeovers({ found }: Takeovers, injured: Injured, fault: string | null): Counted {
  const seen = beginCount();
  for (const [{ member, generation }, commit] of found) {
    if (fault !== null && !wasInjured(injured, { fault, member, seq: generation.seq })) continue;
    const { topic, partition, offset } = generation.at;
    addTo(seen, recordRef(topic, partition, offset), commit);
  }
  return counted(seen);
}

function putOut({ latest, waiting, alive }: Takeovers, injured: Injured, generation: Generation): void {
  const { group, owners, seq } = generation;
  const before = latest.get(group);
  latest.set(group, generation);
  for (const [member, owned] of before?.owners ?? []) {
    const incarnation = alive.get(member);
    if (owners.has(member) || incarnation === undefined || faultsOn(injured, member, seq).length === 0) continue;
    const one = { member, incarnation, generation };
    for (const place of owned) waiting.set(`${group}/${place}`, one);
  }
}

function takeOver({ waiting, ended, found }: Takeovers, commit: OffsetCommit): void {
  const { group, topic, partition, at, seq } = commit;
  const key = commitKey(group, topic, partition);
  const one = waiting.get(key);
  if (one === undefined || at.offset < one.generation.at.offset) return;
  waiting.delete(key);
  const { member, incarnation } = one;
  if ((ended.get(`${member}/${incarnation}`) ?? Infinity) > seq && !found.has(one))
    found.set(one, recordRef(at.topic, at.partition, at.offset));
}
