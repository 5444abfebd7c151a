import { reading, type Cursor, type UnreadableBytes } from "./cursor.ts";
import { readGroup, type GroupMetadata } from "./group.ts";

export interface CommitRecord {
  readonly kind: "commit";
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read; null is a tombstone. */
  readonly nextOffset: number | null;
}
/** The newer group protocols' own records: key version 3 and up, each beginning with the group's id. */
export interface NewerProtocol {
  readonly kind: "newer-protocol";
  readonly version: number;
  readonly group: string;
}
/** A record of a group that was not asked for, whatever its value holds: other frameworks write their own protocols. */
export interface ForeignGroup {
  readonly kind: "foreign";
}
export type OffsetsRecord = CommitRecord | GroupMetadata | NewerProtocol | ForeignGroup | UnreadableBytes;

/**
 * A data record of `__consumer_offsets`, of one of `groups`. Source: OffsetCommitKey/Value, GroupMetadataKey/Value of Kafka
 * 4.1: every version of the key begins with the group's id.
 */
export function readOffsetsRecord(
  key: Uint8Array | null,
  value: Uint8Array | null,
  groups: ReadonlySet<string>,
): OffsetsRecord {
  if (key === null) return { kind: "unreadable", why: "an offsets record has no key" };
  return reading(key, (cursor): OffsetsRecord => {
    const version = cursor.int16();
    if (version < 0) return cursor.refuse("a negative key version");
    const group = cursor.string();
    if (!groups.has(group)) return { kind: "foreign" };
    if (version === 2) return readGroup(group, value);
    if (version > 2) return { kind: "newer-protocol", version, group };
    const place = { group, topic: cursor.string(), partition: cursor.int32() };
    if (value === null) return { kind: "commit", ...place, nextOffset: null };
    const nextOffset = reading(value, readNextOffset);
    return typeof nextOffset === "number" ? { kind: "commit", ...place, nextOffset } : nextOffset;
  });
}

/** Versions 0 to 4 all begin with the offset; what follows (leader epoch, metadata, times) is not needed. */
function readNextOffset(cursor: Cursor): number {
  const version = cursor.int16();
  if (version < 0 || version > 4) return cursor.refuse(`version ${version} of a commit's value`);
  return cursor.int64();
}
