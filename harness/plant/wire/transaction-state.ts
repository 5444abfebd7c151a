import type { Log } from "../edits.ts";
import { statuses, type TransactionStatus } from "../../audit/codec/transaction-state.ts";
import { compactString, concatenated, integer, patched, string, varint } from "./bytes.ts";

/**
 * A value of `__transaction_state`, versions 0 and 1, with other fields: int16 version, int64 producer id, int16 epoch, int32
 * time-out, int8 status, the partitions, then what stays. Source: TransactionLogValue of Kafka 4.1.
 */
export interface StateChange {
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly status?: TransactionStatus;
  readonly partitions?: readonly Log[];
}

const at = { producerId: 2, producerEpoch: 10, status: 16, partitions: 17 } as const;

export function withState(value: Uint8Array, change: StateChange): Uint8Array {
  let changed = value;
  if (change.producerId !== undefined) changed = patched(changed, at.producerId, 64, change.producerId);
  if (change.producerEpoch !== undefined) changed = patched(changed, at.producerEpoch, 16, change.producerEpoch);
  if (change.status !== undefined) changed = patched(changed, at.status, 8, statuses.indexOf(change.status));
  if (change.partitions === undefined) return changed;
  const flexible = isFlexible(value);
  return concatenated(
    changed.subarray(0, at.partitions),
    flexible ? compactPartitions(change.partitions) : partitions(change.partitions),
    changed.subarray(endOfPartitions(value, flexible)),
  );
}

/** The key of a transactional id, version 0. */
export function stateKey(transactionalId: string): Uint8Array {
  return concatenated(integer(16, 0), string(transactionalId));
}

function isFlexible(value: Uint8Array): boolean {
  return new DataView(value.buffer, value.byteOffset).getInt16(0) === 1;
}

function byTopic(logs: readonly Log[]): readonly (readonly [string, readonly number[]])[] {
  const topics = Map.groupBy(logs, ({ topic }) => topic);
  return [...topics].map(([topic, own]) => [topic, own.map(({ partition }) => partition)]);
}

function partitions(logs: readonly Log[]): Uint8Array {
  const topics = byTopic(logs);
  return concatenated(
    integer(32, topics.length),
    ...topics.flatMap(([topic, own]) => [
      string(topic),
      integer(32, own.length),
      ...own.map((one) => integer(32, one)),
    ]),
  );
}

function compactPartitions(logs: readonly Log[]): Uint8Array {
  const topics = byTopic(logs);
  const tags = varint(0);
  return concatenated(
    varint(topics.length + 1),
    ...topics.flatMap(([topic, own]) => [
      compactString(topic),
      varint(own.length + 1),
      ...own.map((one) => integer(32, one)),
      tags,
    ]),
  );
}

/** Where the field behind the partitions begins. */
function endOfPartitions(value: Uint8Array, flexible: boolean): number {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  let place: number = at.partitions;
  const fixed = (bytes: 2 | 4): number => {
    place += bytes;
    return bytes === 2 ? view.getInt16(place - 2) : view.getInt32(place - 4);
  };
  const compact = (): number => {
    let read = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(place++);
      read += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return read - 1;
    }
  };
  for (let topics = flexible ? compact() : fixed(4); topics > 0; topics -= 1) {
    const name = flexible ? compact() : fixed(2);
    place += name;
    const own = flexible ? compact() : fixed(4);
    place += own * 4 + (flexible ? 1 : 0); // flexible: the number of tagged fields, none
  }
  return place;
}
