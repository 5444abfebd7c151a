import { concatenated, integer, patched, string } from "./bytes.ts";

/** A commit's key in `__consumer_offsets`, version 1. Source: OffsetCommitKey of Kafka 4.1. */
export function commitKey(of: {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}): Uint8Array {
  return concatenated(integer(16, 1), string(of.group), string(of.topic), integer(32, of.partition));
}

/** A commit's value with another next offset: it stands behind the version in all versions (OffsetCommitValue of Kafka 4.1). */
export function withNextOffset(value: Uint8Array, nextOffset: number): Uint8Array {
  return patched(value, 2, 64, nextOffset);
}

/** The key of a group's metadata, version 2. Source: GroupMetadataKey of Kafka 4.1. */
export function groupKey(group: string): Uint8Array {
  return concatenated(integer(16, 2), string(group));
}

/** A group without members as Kafka Connect's workers leave one: value version 3 of GroupMetadataValue of Kafka 4.1. */
export function emptyGroup(protocolType: string, generation: number): Uint8Array {
  return concatenated(
    integer(16, 3),
    string(protocolType),
    integer(32, generation),
    integer(16, -1), // protocol: null
    integer(16, -1), // leader: null
    integer(64, -1), // state's time
    integer(32, 0), // members
  );
}

/** The key of a record of the newer group protocol (ConsumerGroupMetadataKey, version 3). */
export function newerGroupKey(group: string): Uint8Array {
  return concatenated(integer(16, 3), string(group));
}
