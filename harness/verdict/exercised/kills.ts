import { eventRef, type EvidenceBatch, type OffsetCommit } from "../../model/evidence.ts";
import { beginOwners, learnOwners, ownerOf, type Owners } from "./owners.ts";
import { wasInjured, type Injured } from "./injured.ts";
import { addTo, beginCount, counted, type Counted } from "./witnesses.ts";
import { incarnationOf } from "./writers.ts";

/**
 * Incarnations that a crash fault ended while a transaction of theirs had records in the log; it was aborted only after
 * their death. Where no header names the writer, it is the owner of the offsets that the same transactional id had
 * committed last before; one that had committed none is not counted.
 */
export interface Kills {
  readonly owners: Owners;
  /** `member/incarnation` → its end by a fault. */
  readonly ended: Map<string, { readonly member: string; readonly seq: number; hadOpen: boolean }>;
  /** Transactional id → the offsets that its latest committed transaction committed. */
  readonly latest: Map<string, readonly OffsetCommit[]>;
}

export function beginKills(): Kills {
  return { owners: beginOwners(), ended: new Map(), latest: new Map() };
}

export function learnKill({ owners, ended, latest }: Kills, batch: EvidenceBatch): void {
  learnOwners(owners, batch);
  if (batch.kind === "event") {
    const { event } = batch;
    if (event.kind !== "process-ended" || event.cause !== "fault") return;
    const { process: member, incarnation, seq } = event;
    ended.set(`${member}/${incarnation}`, { member, seq, hadOpen: false });
    return;
  }
  if (batch.kind !== "transaction") return;
  const { transactionalId, outcome, commits, firstSeq, seq } = batch.transaction;
  if (outcome === "committed" && commits.length > 0) latest.set(transactionalId, commits);
  if (outcome !== "aborted" || firstSeq === null) return;
  const writer = incarnationOf(batch.transaction) ?? lifeBefore(owners, latest.get(transactionalId) ?? []);
  const end = writer === null ? undefined : ended.get(writer);
  if (end !== undefined && firstSeq < end.seq && seq > end.seq) end.hadOpen = true;
}

/** Those of one fault; null: all. */
export function killsWithOpenTransaction({ ended }: Kills, injured: Injured, fault: string | null): Counted {
  const found = beginCount();
  for (const { member, seq, hadOpen } of ended.values())
    if (hadOpen && (fault === null || wasInjured(injured, { fault, member, seq }))) addTo(found, eventRef(seq));
  return counted(found);
}

function lifeBefore(owners: Owners, commits: readonly OffsetCommit[]): string | null {
  const life = ownerOf(owners, { commits });
  return life === null ? null : `${life.member}/${life.incarnation}`;
}
