import { expect, test } from "vitest";
import type { EvidenceBatch, Records } from "../model/evidence.ts";
import { beginAudit } from "./audit.ts";
import {
  beginHandWritten,
  status,
  type HandWritten,
  type Producer,
  type WrittenRecord,
} from "./hand-written.fixture.ts";
import { copying, silent } from "./silent.fixture.ts";

const by: Producer = { pid: 7, epoch: 0 };
const started = (version: string) =>
  ({ kind: "process-started", process: "member-1", incarnation: 1, version, pid: 1, sha256: "0" }) as const;

interface Write {
  readonly outputs: readonly WrittenRecord[];
  /** Partition → next offset, committed in the transaction. */
  readonly next: Readonly<Record<number, number>>;
  readonly of?: Producer;
  readonly outcome?: "commit" | "abort";
}

/** One transaction on out-0, prepared, closed and completed. */
function transact(history: HandWritten, { outputs, next, of = by, outcome = "commit" }: Write): void {
  const id = `id-${of.pid}`;
  const places = ["out-0", "__consumer_offsets-0"] as const;
  const commits = Object.entries(next);
  history.state(id, of, status.ongoing, places);
  if (outputs.length > 0) history.data("out-0", outputs, of);
  for (const [partition, offset] of commits)
    history.commit({ group: "copiers", topic: "in", partition: Number(partition) }, offset, of);
  const listed = commits.length > 0 ? places : places.slice(0, 1);
  history.state(id, of, outcome === "commit" ? status.prepareCommit : status.prepareAbort, listed);
  for (const place of listed) history.marker(place, of, outcome);
  history.state(id, of, outcome === "commit" ? status.completeCommit : status.completeAbort);
}

function audited(history: HandWritten): readonly EvidenceBatch[] {
  const audit = beginAudit({ description: silent, specification: copying, partitions: 2 });
  const batches = history.items.flatMap((item) => audit.step(item));
  return [...batches, ...audit.finish({ complete: true, problems: [] })];
}

const causes = ({ count, causeTopic, causeTopics, causePartition, causeOffset }: Records): readonly string[] =>
  Array.from({ length: count }, (_, i) => {
    const topic = causeTopics[causeTopic[i] ?? -1];
    return topic === undefined ? "none" : `${topic}-${causePartition[i]}@${causeOffset[i]}`;
  });

/** Causes of the outputs of every transaction that was not aborted, and of records outside transactions. */
function causesIn(history: HandWritten): readonly (readonly string[])[] {
  return audited(history).flatMap((batch) => {
    if (batch.kind === "plain-records") return [causes(batch.records)];
    if (batch.kind !== "transaction" || batch.transaction.outcome === "aborted") return [];
    return batch.transaction.parts.filter(({ topic }) => topic === "out").map(({ records }) => causes(records));
  });
}

function begun(...inputs: readonly (readonly [0 | 1, readonly WrittenRecord[]])[]): HandWritten {
  const history = beginHandWritten();
  history.event(started("v1"));
  for (const [partition, records] of inputs) history.data(`in-${partition}`, records);
  return history;
}
const record = (key: string, value: string): WrittenRecord => ({ key, value });

test("an output answers the record of which f expects it, whatever version wrote it that had been started", () => {
  const history = begun([0, [record("k", "a"), record("k", "b"), record("l", "a")]]);
  transact(history, { outputs: [record("k", "a")], next: { 0: 1 } });
  history.event({ ...started("v2"), incarnation: 2 });
  transact(history, { outputs: [record("k", "B"), record("l", "a")], next: { 0: 3 } });
  expect(causesIn(history)).toEqual([["in-0@0"], ["in-0@1", "in-0@2"]]);
});

test("of equal records the one that the transaction's own commit covers is answered", () => {
  const same = [record("k", "a"), record("k", "a")];
  const history = begun([0, same], [1, same]);
  transact(history, { outputs: [record("k", "a")], next: { 1: 1 } });
  transact(history, { outputs: [record("k", "a"), record("k", "a")], next: { 0: 2 }, of: { pid: 8, epoch: 0 } });
  transact(history, { outputs: [record("k", "a")], next: { 1: 2 } });
  expect(causesIn(history)).toEqual([["in-1@0"], ["in-0@0", "in-0@1"], ["in-1@1"]]);
});

test("an output that was answered already is its second answer; what an abort took back is still due", () => {
  const history = begun([0, [record("k", "a")]]);
  transact(history, { outputs: [record("k", "a")], next: { 0: 1 }, outcome: "abort" });
  transact(history, { outputs: [record("k", "a")], next: { 0: 1 } });
  transact(history, { outputs: [record("k", "a")], next: { 0: 1 } });
  expect(causesIn(history)).toEqual([["in-0@0"], ["in-0@0"]]);
});

test("a wrong value is taken as the answer that is due by its key, and one of a version not started is wrong", () => {
  const history = begun([0, [record("k", "a"), record("k", "b")]]);
  transact(history, { outputs: [record("k", "wrong")], next: { 0: 1 } });
  transact(history, { outputs: [record("k", "B")], next: { 0: 2 } });
  expect(causesIn(history)).toEqual([["in-0@0"], ["in-0@1"]]);
});

test("tombstones, records without a key and keys that are not UTF-8 are found by their bytes", () => {
  const inputs: readonly WrittenRecord[] = [
    { key: "k", value: null },
    { key: null, value: "a" },
    { key: "", value: "a" },
    { key: Uint8Array.of(0xff), value: "a" },
    { key: Uint8Array.of(0xfe), value: "a" },
  ];
  const history = begun([0, inputs]);
  transact(history, { outputs: inputs.toReversed(), next: { 0: 5 } });
  transact(history, { outputs: [{ key: Uint8Array.of(0xfd), value: "a" }], next: {} });
  expect(causesIn(history)).toEqual([["in-0@4", "in-0@3", "in-0@2", "in-0@1", "in-0@0"], ["none"]]);
});

test("what nothing explains keeps no cause", () => {
  const history = begun([0, [record("k", "a")]]);
  transact(history, { outputs: [record("strange", "a"), record("k", "a"), record("k", "z")], next: { 0: 1 } });
  expect(causesIn(history)).toEqual([["none", "in-0@0", "none"]]);
});

test("equal records without offset commits are answered in the order of the sink, whichever transaction wrote first", () => {
  const history = begun([0, [record("k", "a"), record("k", "a"), record("k", "b")]]);
  const [first, second] = [by, { pid: 8, epoch: 0 }];
  history.state("id-8", second, status.ongoing, ["out-0"]);
  transact(history, { outputs: [record("k", "a")], next: {}, of: first });
  history.data("out-0", [record("k", "a"), record("k", "b")], second);
  history.state("id-8", second, status.prepareCommit, ["out-0"]);
  history.marker("out-0", second, "commit");
  history.state("id-8", second, status.completeCommit);
  expect(causesIn(history)).toEqual([["in-0@1", "in-0@2"], ["in-0@0"]]);
});

const twins = ({ count, twins: found }: Records): readonly string[] =>
  Array.from({ length: count }, (_, i) =>
    found === null || (found.offset[i] ?? -1) < 0 ? "none" : `${found.partition[i]}@${found.offset[i]}`,
  );

test("of several explanations one that keeps every source partition in order is taken, and the other is named as its twin", () => {
  const history = begun([0, [record("k", "u"), record("k", "v")]], [1, [record("k", "v")]]);
  transact(history, { outputs: [record("k", "v"), record("k", "u"), record("k", "v")], next: { 0: 2, 1: 1 } });
  expect(causesIn(history)).toEqual([["in-1@0", "in-0@0", "in-0@1"]]);
  const found = audited(history).flatMap((batch) =>
    batch.kind === "transaction" ? batch.transaction.parts.filter(({ topic }) => topic === "out") : [],
  );
  expect(found.map(({ records }) => twins(records))).toEqual([["0@1", "none", "1@0"]]);
});

test("a wrong value has a twin where more than one record is due", () => {
  for (const [next, twin] of [
    [1, "none"],
    [2, "0@1"],
  ] as const) {
    const history = begun([0, [record("k", "a"), record("k", "b")]]);
    transact(history, { outputs: [record("k", "wrong")], next: { 0: next } });
    const [found] = audited(history).flatMap((batch) =>
      batch.kind === "transaction" ? batch.transaction.parts.filter(({ topic }) => topic === "out") : [],
    );
    expect([causes(found?.records ?? never()), twins(found?.records ?? never())]).toEqual([["in-0@0"], [twin]]);
  }
});

function never(): never {
  throw new Error("no output");
}

test("without offset commits the causes are found at the end, when every source record is known", () => {
  const history = begun();
  transact(history, { outputs: [record("k", "a")], next: {} });
  history.data("out-1", [record("l", "b")]);
  history.data("in-0", [record("k", "a"), record("l", "b")]);
  expect(causesIn(history)).toEqual([["in-0@0"], ["in-0@1"]]);
});

test("behind a hole in the offset commits or the transactions no output is given a cause: nobody can say which", () => {
  for (const log of ["__consumer_offsets-0", "__transaction_state-0"] as const) {
    const history = begun([0, [record("k", "a"), record("k", "a"), record("k", "a")]]);
    transact(history, { outputs: [record("k", "a")], next: { 0: 1 } });
    history.skip(log, 2);
    transact(history, { outputs: [record("k", "a")], next: { 0: 3 } });
    expect(causesIn(history).flat()).toEqual(["in-0@0", "none"]);
  }
});

test("of records with one text an output answers the one whose headers it carries, and no other is its twin", () => {
  const { copy } = copying.stages;
  if (copy === undefined) throw new Error("no stage");
  const start: typeof copy.start = (partition) => {
    const fold = copy.start(partition);
    return {
      step(record) {
        const { outputs, changes } = fold.step(record);
        const headers = Object.fromEntries(record.headers);
        return { outputs: outputs.map((one) => ({ ...one, headers })), changes };
      },
    };
  };
  const traced = (trace: string): WrittenRecord => ({ key: "k", value: "a", headers: { trace } });
  const history = begun([0, [traced("one")]], [1, [traced("two")]]);
  transact(history, { outputs: [traced("two"), traced("one"), traced("three")], next: { 0: 1, 1: 1 } });
  const audit = beginAudit({
    description: silent,
    specification: { stages: { copy: { ...copy, start } } },
    partitions: 2,
  });
  const batches = history.items.flatMap((item) => audit.step(item));
  const found = [...batches, ...audit.finish({ complete: true, problems: [] })].flatMap((batch) =>
    batch.kind === "transaction" ? batch.transaction.parts.filter(({ topic }) => topic === "out") : [],
  );
  expect(found.map(({ records }) => [causes(records), [...(records.twins?.offset ?? [])]])).toEqual([
    [
      ["in-1@0", "in-0@0", expect.stringMatching(/^in-[01]@0$/u)],
      [-1, -1, 0],
    ],
  ]);
});
