import { reading, type Cursor, type UnreadableBytes } from "./cursor.ts";

/** Status bytes of the state log; 7 (prepare-epoch-fence) is never written. Source: TransactionState of Kafka 4.1. */
export const statuses = [
  "empty",
  "ongoing",
  "prepare-commit",
  "prepare-abort",
  "complete-commit",
  "complete-abort",
  "dead",
] as const;
export type TransactionStatus = (typeof statuses)[number];

export interface StateRecord {
  readonly kind: "state";
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly status: TransactionStatus;
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  /** The client speaks transaction.version 2 (KIP-890): the broker raises the epoch with every end of a transaction. */
  readonly raisesEpoch: boolean;
}
/** The transactional id was forgotten (expired). */
export interface StateTombstone {
  readonly kind: "tombstone";
  readonly transactionalId: string;
}

/** ClientTransactionVersion, int16; tags 0 and 1 are the previous and the next producer id. */
const clientVersionTag = 2;

/** A data record of `__transaction_state`. Source: TransactionLogKey/Value of Kafka 4.1, value versions 0 and 1. */
export function readState(
  key: Uint8Array | null,
  value: Uint8Array | null,
): StateRecord | StateTombstone | UnreadableBytes {
  if (key === null) return { kind: "unreadable", why: "a state record has no key" };
  const transactionalId = reading(key, (cursor) => {
    const version = cursor.int16();
    return version === 0 ? cursor.string() : cursor.refuse(`version ${version} of a state key`);
  });
  if (typeof transactionalId !== "string") return transactionalId;
  if (value === null) return { kind: "tombstone", transactionalId };
  return reading(value, (cursor) => readValue(cursor, transactionalId));
}

function readValue(cursor: Cursor, transactionalId: string): StateRecord {
  const version = cursor.int16();
  if (version !== 0 && version !== 1) return cursor.refuse(`version ${version} of a state value`);
  const flexible = version === 1;
  const producerId = cursor.int64();
  const producerEpoch = cursor.int16();
  cursor.int32(); // time-out
  const number = cursor.int8();
  const status = statuses[number] ?? cursor.refuse(`status ${number}`);
  const partitions: { topic: string; partition: number }[] = [];
  for (let topics = flexible ? cursor.compactCount() : cursor.count(); topics > 0; topics -= 1) {
    const topic = (flexible ? cursor.compactString() : cursor.string()) ?? cursor.refuse("a topic is null");
    for (let left = flexible ? cursor.compactCount() : cursor.count(); left > 0; left -= 1)
      partitions.push({ topic, partition: cursor.int32() });
    if (flexible) cursor.tags();
  }
  cursor.int64(); // last update
  cursor.int64(); // start
  const tag = flexible ? cursor.tags().get(clientVersionTag) : undefined;
  const clientVersion = tag === undefined ? 0 : reading(tag, (version) => version.int16());
  if (typeof clientVersion !== "number") return cursor.refuse(clientVersion.why);
  const raisesEpoch = clientVersion >= 2;
  return { kind: "state", transactionalId, producerId, producerEpoch, status, partitions, raisesEpoch };
}
