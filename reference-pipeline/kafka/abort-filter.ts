/**
 * Replaces kafkajs/src/consumer/filterAbortedMessages (kafkajs 2.2.4), which leaks aborted records in three cases: the
 * broker lists aborted transactions in order of completion and kafkajs takes it for order of start; of several that
 * start at or below the first message it admits only one a message; and it takes any key of four zero bytes for the
 * abort marker of its producer.
 *
 * The rule is that of Kafka's own consumer: a producer's records are aborted from the first offset which the list names
 * until that producer's control record of type abort.
 */
export interface FetchedMessage {
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly isControlRecord?: boolean;
  readonly batchContext: { readonly producerId: string | number; readonly inTransaction: boolean };
}

export interface AbortedTransaction {
  readonly producerId: string | number;
  readonly firstOffset: string | number;
}

export interface FetchedPartition<M extends FetchedMessage> {
  /** In offset order, control records among them. */
  readonly messages: readonly M[];
  readonly abortedTransactions?: readonly AbortedTransaction[] | null;
}

/** The messages that were not aborted; control records stay (kafkajs drops them itself). */
export function filterAbortedMessages<M extends FetchedMessage>(fetched: FetchedPartition<M>): readonly M[] {
  const listed = fetched.abortedTransactions ?? [];
  if (listed.length === 0) return fetched.messages;
  const starts = listed
    .map((transaction) => ({ producer: String(transaction.producerId), first: BigInt(transaction.firstOffset) }))
    .toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const aborting = new Set<string>();
  let next = 0;
  return fetched.messages.filter((message) => {
    const offset = BigInt(message.offset);
    for (let start = starts[next]; start !== undefined && start.first <= offset; start = starts[next]) {
      aborting.add(start.producer);
      next += 1;
    }
    const producer = String(message.batchContext.producerId);
    if (message.isControlRecord === true) {
      if (isAbortMarker(message.key)) aborting.delete(producer);
      return true;
    }
    return !(message.batchContext.inTransaction && aborting.has(producer));
  });
}

/** A control record's key: int16 version, int16 type; type 0 is abort, 1 commit (Kafka protocol, ControlRecordType). */
function isAbortMarker(key: Uint8Array | null): boolean {
  return key !== null && key.length >= 4 && key[2] === 0 && key[3] === 0;
}
