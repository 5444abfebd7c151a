import { eventRef, type EvidenceBatch, type OffsetCommit } from "../../model/evidence.ts";
import { learnOwners, ownerOf, startOwners, type Owners } from "./owners.ts";
import { counted, type Counted } from "./witnesses.ts";
import { incarnationOf } from "./writers.ts";

/**
 * Incarnations that a crash fault ended while a transaction of theirs had records in the log; it was aborted only after
 * their death. Where no header names the writer, it is the owner of the offsets that the same transactional id had
 * committed last before; one that had committed none is not counted.
 */
export interface Kills {
  readonly owners: Owners;
  /** `member/incarnation` → seq of its end by a fault. */
  readonly ended: Map<string, number>;
  /** Aborted transactions with records. */
  readonly aborted: Aborted[];
  /** Transactional id → the offsets that its latest committed transaction committed. */
  readonly latest: Map<string, readonly OffsetCommit[]>;
}

interface Aborted {
  /** `member/incarnation`; null: no header says it. */
  readonly incarnation: string | null;
  /** The same transactional id's commits before it. */
  readonly before: readonly OffsetCommit[];
  readonly firstSeq: number;
  readonly seq: number;
}

export function startKills(): Kills {
  return { owners: startOwners(), ended: new Map(), aborted: [], latest: new Map() };
}

export function learnKill({ owners, ended, aborted, latest }: Kills, batch: EvidenceBatch): void {
  learnOwners(owners, batch);
  if (batch.kind === "event") {
    const { event } = batch;
    if (event.kind === "process-ended" && event.cause === "fault")
      ended.set(`${event.process}/${event.incarnation}`, event.seq);
    return;
  }
  if (batch.kind !== "transaction") return;
  const { transactionalId, outcome, commits, firstSeq, seq } = batch.transaction;
  if (outcome === "committed" && commits.length > 0) latest.set(transactionalId, commits);
  if (outcome !== "aborted" || firstSeq === null) return;
  const incarnation = incarnationOf(batch.transaction);
  aborted.push({ incarnation, before: latest.get(transactionalId) ?? [], firstSeq, seq });
}

export function killsWithOpenTransaction({ owners, ended, aborted }: Kills): Counted {
  const refs: string[] = [];
  const writers = aborted.map((one) => ({ ...one, incarnation: one.incarnation ?? lifeBefore(owners, one) }));
  for (const [incarnation, end] of ended)
    if (writers.some((one) => one.incarnation === incarnation && one.firstSeq < end && one.seq > end))
      refs.push(eventRef(end));
  return counted(refs);
}

function lifeBefore(owners: Owners, { before }: Aborted): string | null {
  const life = ownerOf(owners, { commits: before });
  return life === null ? null : `${life.member}/${life.incarnation}`;
}
