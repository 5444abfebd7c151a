import { slice } from "../model/evidence.ts";
import type { EventBody } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import type { Task, Tasks } from "../model/tasks.ts";
import { readOffsetsRecord } from "./codec/offsets.ts";
import type { GroupMember } from "./codec/group.ts";
import { offsetsTopic } from "./topology.ts";

/** A member's living process, as far as this goes. */
export interface LivingMember {
  readonly id: string;
  readonly incarnation: number;
  readonly version: string | null;
}

/**
 * What the groups' own records say of members that say nothing themselves: who has joined, and who owns what. A member is
 * told by its client's id, which is the member's; one life of it by the id that the group gave it.
 */
export interface Membership {
  /** The next frame; true when a group's generation has changed. */
  step(batch: LogBatch, living: readonly LivingMember[]): boolean;
  /** Null until this life of the member has joined every stage's group; from then on not ready whenever it is in none of one. */
  healthOf(member: LivingMember): EventBody<"gauge-health"> | null;
}

export function beginMembership({ all, readers }: Pick<Tasks, "all" | "readers">): Membership {
  const groups = new Map<string, readonly GroupMember[]>(readers.map(({ group }) => [group, []]));
  const names = new Set(groups.keys());
  /** Id in the group → the incarnation that was alive when the id was first seen; null: none was. */
  const lives = new Map<string, number | null>();
  /** `member/incarnation` of lives that have joined every group. */
  const joined = new Set<string>();

  /** By group: this life's seats in it. */
  function seatsOf(member: LivingMember): ReadonlyMap<string, readonly GroupMember[]> {
    const isOwn = ({ clientId, memberId }: GroupMember): boolean =>
      clientId === member.id && lives.get(memberId) === member.incarnation;
    return new Map([...groups].map(([group, members]) => [group, members.filter(isOwn)]));
  }
  const lifeOf = ({ id, incarnation }: LivingMember): string => `${id}/${incarnation}`;
  const isIn = (member: LivingMember): boolean => [...seatsOf(member).values()].every((seats) => seats.length > 0);
  return {
    step(batch, living) {
      if (batch.topic !== offsetsTopic || batch.control) return false;
      let changed = false;
      for (let i = 0; i < batch.count; i += 1) {
        const read = readOffsetsRecord(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i), names);
        if (read.kind !== "group") continue;
        groups.set(read.group, read.members);
        changed = true;
        for (const { memberId, clientId } of read.members)
          if (!lives.has(memberId)) lives.set(memberId, living.find(({ id }) => id === clientId)?.incarnation ?? null);
      }
      if (changed) for (const member of living) if (isIn(member)) joined.add(lifeOf(member));
      return changed;
    },
    healthOf(member) {
      if (!joined.has(lifeOf(member))) return null;
      const ready = isIn(member);
      const seats = seatsOf(member);
      const tasks = all
        .filter(({ group, reads }) => isOwned(reads, seats.get(group) ?? []))
        .map(({ stage, partition }) => ({ stage, partition, state: "running", inputNext: null, checkpointNext: null }));
      const { id, incarnation, version } = member;
      return { kind: "gauge-health", member: id, incarnation, version: version ?? "", ready, flags: {}, tasks };
    },
  };
}

/** A task of several source partitions is the member's when all of them are: one that others have a part of is nobody's. */
function isOwned(reads: Task["reads"], seats: readonly GroupMember[]): boolean {
  const owned = new Set(seats.flatMap((seat) => seat.owned));
  return reads.every(({ topic, partition }) => owned.has(`${topic}-${partition}`));
}
