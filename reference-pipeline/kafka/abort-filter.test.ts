import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { filterAbortedMessages, type AbortedTransaction, type FetchedMessage } from "./abort-filter.ts";

type Filter = (fetched: {
  readonly messages: readonly FetchedMessage[];
  readonly abortedTransactions: readonly AbortedTransaction[];
}) => readonly FetchedMessage[];

const kafkajsOwn: Filter = createRequire(import.meta.url)("kafkajs/src/consumer/filterAbortedMessages");

const data = (offset: number, producerId: string, key = "k"): FetchedMessage => ({
  offset: String(offset),
  key: Buffer.from(key),
  isControlRecord: false,
  batchContext: { producerId, inTransaction: true },
});
/** A control record: version 0, type 0 (abort) or 1 (commit). */
const marker = (offset: number, producerId: string, type: "abort" | "commit"): FetchedMessage => ({
  offset: String(offset),
  key: Buffer.from([0, 0, 0, type === "abort" ? 0 : 1]),
  isControlRecord: true,
  batchContext: { producerId, inTransaction: true },
});
const offsetsOf = (filter: Filter, messages: readonly FetchedMessage[], aborted: AbortedTransaction[]): number[] =>
  filter({ messages, abortedTransactions: aborted })
    .filter((message) => message.isControlRecord !== true)
    .map(({ offset }) => Number(offset));

test("aborted transactions listed in order of completion: kafkajs hands out the first, ours none", () => {
  const messages = [data(0, "A"), data(1, "B"), marker(2, "B", "abort"), marker(3, "A", "abort"), data(4, "C")];
  const aborted = [
    { producerId: "B", firstOffset: "1" },
    { producerId: "A", firstOffset: "0" },
  ];
  expect(offsetsOf(kafkajsOwn, messages, aborted)).toEqual([0, 4]);
  expect(offsetsOf(filterAbortedMessages, messages, aborted)).toEqual([4]);
});

test("two aborted transactions open at the first fetched offset: kafkajs admits one a message, ours both", () => {
  const messages = [data(12, "B"), data(13, "A"), marker(14, "A", "abort"), marker(15, "B", "abort"), data(16, "C")];
  const aborted = [
    { producerId: "A", firstOffset: "3" },
    { producerId: "B", firstOffset: "5" },
  ];
  expect(offsetsOf(kafkajsOwn, messages, aborted)).toEqual([12, 16]);
  expect(offsetsOf(filterAbortedMessages, messages, aborted)).toEqual([16]);
});

test("a user's key of four zero bytes ends a transaction for kafkajs, not for ours", () => {
  const messages = [data(0, "A"), data(1, "A", "\0\0\0\0"), data(2, "A"), marker(3, "A", "abort"), data(4, "A")];
  const aborted = [{ producerId: "A", firstOffset: "0" }];
  expect(offsetsOf(kafkajsOwn, messages, aborted)).toEqual([1, 2, 4]);
  expect(offsetsOf(filterAbortedMessages, messages, aborted)).toEqual([4]);
});

test("a producer's committed records behind its aborted ones are kept, and so are records outside transactions", () => {
  const plain = { ...data(1, "A"), batchContext: { producerId: "A", inTransaction: false } };
  const messages = [data(0, "A"), plain, marker(2, "A", "abort"), data(3, "A"), marker(4, "A", "commit")];
  const aborted = [{ producerId: "A", firstOffset: "0" }];
  expect(offsetsOf(filterAbortedMessages, messages, aborted)).toEqual([1, 3]);
});

test("without aborted transactions nothing is filtered", () => {
  const messages = [data(0, "A"), data(1, "B")];
  expect(filterAbortedMessages({ messages, abortedTransactions: null })).toEqual(messages);
});

/** Interleaved transactions as a broker writes and lists them. */
const histories = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.constantFrom("record", "abort", "commit")), {
  maxLength: 60,
});

test("of any interleaving of producers exactly the aborted records go, wherever the fetch begins", () => {
  fc.assert(
    fc.property(histories, fc.double({ min: 0, max: 1, noNaN: true }), (steps, cut) => {
      const messages: FetchedMessage[] = [];
      const aborted: { producerId: string; firstOffset: string; end: number }[] = [];
      const doomed = new Set<number>();
      const open = new Map<string, number[]>();
      const finish = (producer: string, type: "abort" | "commit"): void => {
        const offsets = open.get(producer) ?? [];
        open.delete(producer);
        if (type === "abort" && offsets.length > 0) {
          for (const offset of offsets) doomed.add(offset);
          aborted.push({ producerId: producer, firstOffset: String(offsets[0]), end: messages.length });
        }
        messages.push(marker(messages.length, producer, type));
      };
      for (const [id, what] of steps) {
        const producer = `p${id}`;
        if (what !== "record") finish(producer, what);
        else {
          open.set(producer, [...(open.get(producer) ?? []), messages.length]);
          messages.push(data(messages.length, producer, id === 3 ? "\0\0\0\0" : "k"));
        }
      }
      for (const producer of open.keys()) finish(producer, "abort");
      const from = Math.floor(cut * messages.length);
      const listed = aborted.filter(({ end }) => end >= from);
      const expected = messages.filter(({ offset }) => Number(offset) >= from && !doomed.has(Number(offset)));
      expect(filterAbortedMessages({ messages: messages.slice(from), abortedTransactions: listed })).toEqual(expected);
    }),
  );
});
