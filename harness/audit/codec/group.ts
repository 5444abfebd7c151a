import { reading, type Cursor, type UnreadableBytes } from "./cursor.ts";

/** The classic protocol's group metadata: who owned what in one generation. */
export interface GroupMetadata {
  readonly kind: "group";
  readonly group: string;
  /** Null for a tombstone: the group is gone. */
  readonly generation: number | null;
  readonly members: readonly GroupMember[];
}
export interface GroupMember {
  readonly memberId: string;
  readonly clientId: string;
  /** `topic-partition`, as the leader assigned. */
  readonly owned: readonly string[];
}

/** Value of a key version 2 record, versions 0 to 4 (4 is flexible). Source: GroupMetadataValue.json of Kafka 4.1. */
export function readGroup(group: string, value: Uint8Array | null): GroupMetadata | UnreadableBytes {
  if (value === null) return { kind: "group", group, generation: null, members: [] };
  return reading(value, (cursor): GroupMetadata => {
    const version = cursor.int16();
    if (version < 0 || version > 4) return cursor.refuse(`version ${version} of group metadata`);
    const flexible = version >= 4;
    const skipString = (): void => void (flexible ? cursor.compactString() : cursor.nullableString());
    skipString(); // protocol type
    const generation = cursor.int32();
    skipString(); // protocol
    skipString(); // leader
    if (version >= 2) cursor.int64(); // state's time
    const members: GroupMember[] = [];
    for (let left = flexible ? cursor.compactCount() : cursor.count(); left > 0; left -= 1)
      members.push(readMember(cursor, version));
    return { kind: "group", group, generation, members };
  });
}

function readMember(cursor: Cursor, version: number): GroupMember {
  const flexible = version >= 4;
  const nullable = (): string | null => (flexible ? cursor.compactString() : cursor.nullableString());
  const string = (): string => nullable() ?? cursor.refuse("a member's name is null");
  const blob = (): Uint8Array => (flexible ? cursor.compactBytes() : cursor.bytes());
  const memberId = string();
  if (version >= 3) nullable(); // group instance id
  const clientId = string();
  string(); // client host
  if (version >= 1) cursor.int32(); // rebalance time-out
  cursor.int32(); // session time-out
  blob(); // subscription
  const assignment = blob();
  if (flexible) cursor.tags();
  const owned = assignment.length === 0 ? [] : reading(assignment, readAssignment);
  return { memberId, clientId, owned: "kind" in owned ? cursor.refuse(owned.why) : owned };
}

/** ConsumerProtocolAssignment: int16 version, array of {topic, array of int32}, user data. */
function readAssignment(cursor: Cursor): readonly string[] {
  if (cursor.int16() < 0) cursor.refuse("a negative assignment version");
  const owned: string[] = [];
  for (let topics = cursor.count(); topics > 0; topics -= 1) {
    const topic = cursor.string();
    for (let left = cursor.count(); left > 0; left -= 1) owned.push(`${topic}-${cursor.int32()}`);
  }
  return owned;
}
