import type { EvidenceBatch, Generation, OffsetCommit, Transaction } from "../../model/evidence.ts";

/**
 * Who wrote a transaction that no header names the writer of: the owner, in the group's generation in force, of a
 * partition whose offset it commits. The broker takes such a commit from a member of that generation only (KIP-447), and the
 * generation lies in the same log before it. The member's life is the latest one started before the generation was seen.
 */
export interface Owners {
  /** By member: starts in seq order. */
  readonly lives: Map<string, Life[]>;
  /** By group, in the order of the offsets log. */
  readonly groups: Map<string, Generation[]>;
}

export interface Life {
  readonly member: string;
  readonly incarnation: number;
  readonly version: string;
  readonly seq: number;
}

export function beginOwners(): Owners {
  return { lives: new Map(), groups: new Map() };
}

export function learnOwners({ lives, groups }: Owners, batch: EvidenceBatch): void {
  if (batch.kind === "generation") {
    const { generation } = batch;
    const known = groups.get(generation.group);
    if (known === undefined) groups.set(generation.group, [generation]);
    else known.push(generation);
  }
  if (batch.kind !== "event" || batch.event.kind !== "process-started") return;
  const { process: member, incarnation, version, sha256, seq } = batch.event;
  if (version === null || sha256 === null) return; // a broker
  lives.set(member, [...(lives.get(member) ?? []), { member, incarnation, version, seq }]);
}

/** Null: the logs read so far do not say. */
export function ownerOf(owners: Owners, { commits }: Pick<Transaction, "commits">): Life | null {
  for (const commit of commits) {
    const generation = inForce(owners, commit);
    if (generation === null) continue;
    const member = memberOf(generation, `${commit.topic}-${commit.partition}`);
    const life = member === null ? undefined : owners.lives.get(member)?.findLast(({ seq }) => seq < generation.seq);
    if (life !== undefined) return life;
  }
  return null;
}

function inForce({ groups }: Owners, { group, at }: OffsetCommit): Generation | null {
  const before = groups.get(group)?.findLast((one) => one.at.partition === at.partition && one.at.offset < at.offset);
  return before ?? null;
}

function memberOf({ owners }: Generation, place: string): string | null {
  for (const [member, owned] of owners) if (owned.includes(place)) return member;
  return null;
}
