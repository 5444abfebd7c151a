import { expect, test } from "vitest";
import { keyText, type EvidenceBatch, type EvidenceEnd, type Transaction } from "../model/evidence.ts";
import type { Specification } from "../model/pipeline.ts";
import { startAudit } from "./audit.ts";
import { startHandWritten, status, twoStages, wire, type HandWritten, type Place } from "./hand-written.ts";

const whole = { complete: true, problems: [] };

function audited(
  written: HandWritten,
  specification: Specification | null = null,
): { batches: readonly EvidenceBatch[]; live: readonly EvidenceBatch[]; end: EvidenceEnd } {
  const audit = startAudit({ description: twoStages, specification, partitions: 2 });
  const live = written.items.flatMap((item) => audit.step(item));
  const batches = [...live, ...audit.finish(whole)];
  const last = batches.at(-1);
  if (last?.kind !== "end") throw new Error("no end");
  return { batches, live, end: last.end };
}

/** `one-0 committed mid-0:a,b log-0:c`, with `!` after a partition that no marker closed. */
function told({ transactionalId, outcome, parts }: Transaction): string {
  const shares = parts.map(({ topic, partition, records, marker }) => {
    const keys = Array.from({ length: records.count }, (_, i) => keyText(records, i)).join(",");
    return `${topic}-${partition}${marker === null ? "!" : ""}:${topic.startsWith("__") ? records.count : keys}`;
  });
  return [transactionalId, outcome, ...shares].join(" ");
}

const transactions = (batches: readonly EvidenceBatch[]): readonly string[] =>
  batches.flatMap((batch) => (batch.kind === "transaction" ? [told(batch.transaction)] : []));
const keys = (...names: readonly string[]): { key: string }[] => names.map((key) => ({ key }));
const a = { pid: 1, epoch: 0 };
const b = { pid: 2, epoch: 0 };

/** Prepare, a marker in each place, complete. */
function end(
  written: HandWritten,
  id: string,
  by: { pid: number; epoch: number },
  places: readonly Place[],
  outcome: "commit" | "abort" = "commit",
): void {
  const commit = outcome === "commit";
  written.state(id, by, commit ? status.prepareCommit : status.prepareAbort, places);
  for (const place of places) written.marker(place, by, outcome);
  written.state(id, by, commit ? status.completeCommit : status.completeAbort);
}

test("interleaved producers on one partition are told apart by producer id", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("a1"), a);
  written.data("mid-0", keys("b1", "b2"), b);
  written.data("mid-0", keys("a2"), a);
  written.data("log-0", keys("a3"), a);
  end(written, "two-9", b, ["mid-0"], "abort");
  end(written, "one-0", a, ["log-0", "mid-0"]);
  const { live, end: over } = audited(written);
  expect(transactions(live)).toEqual(["two-9 aborted mid-0:b1,b2", "one-0 committed log-0:a3 mid-0:a1,a2"]);
  expect(over.gaps).toEqual([]);
});

test("a transaction's task, epochs, refs and first and deciding frame are its own", () => {
  const written = startHandWritten();
  written.data("mid-1", keys("x"), a);
  end(written, "one-1", a, ["mid-1"]);
  const [made] = audited(written).batches.flatMap((batch) => (batch.kind === "transaction" ? [batch.transaction] : []));
  expect(made).toMatchObject({
    index: 0,
    task: { stage: "one", partition: 1 },
    producerId: 1,
    producerEpoch: 0,
    prepare: { topic: "__transaction_state", partition: 0, offset: 0 },
    complete: { topic: "__transaction_state", partition: 0, offset: 1 },
    seq: 3,
    firstSeq: 0,
  });
  expect([...(made?.parts[0]?.epochs ?? [])]).toEqual([0]);
  expect(made?.parts[0]?.marker).toEqual({ offset: 1, outcome: "commit", producerEpoch: 0, coordinatorEpoch: 0 });
});

test("a repeated marker does not shift the transactions behind it", () => {
  const written = startHandWritten();
  for (const n of [1, 2, 3]) {
    written.data("mid-0", keys(`t${n}`), a);
    written.state("one-0", a, status.prepareCommit, ["mid-0"]);
    written.marker("mid-0", a, "commit");
    if (n === 1) written.marker("mid-0", a, "commit");
    written.state("one-0", a, status.completeCommit);
  }
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual([1, 2, 3].map((n) => `one-0 committed mid-0:t${n}`));
  expect(over.gaps).toEqual([]);
});

test("a repeat by a later coordinator is known at once when the next transaction's coordinator rules it out", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("t1"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0"], 0);
  written.marker("mid-0", a, "commit", 0);
  written.marker("mid-0", a, "commit", 1);
  written.state("one-0", a, status.completeCommit, [], 1);
  written.data("mid-0", keys("t2"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0"], 2);
  written.marker("mid-0", a, "commit", 2);
  written.state("one-0", a, status.completeCommit, [], 2);
  expect(transactions(audited(written).live)).toEqual(["one-0 committed mid-0:t1", "one-0 committed mid-0:t2"]);
});

test("a partition that was added and never written takes its empty marker; surplus empty ones are repeats", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("t1"), a);
  end(written, "one-0", a, ["mid-0", "mid-1"]);
  written.marker("mid-1", a, "abort");
  written.data("mid-1", keys("t2"), a);
  end(written, "one-0", a, ["mid-1"], "abort");
  end(written, "one-0", a, ["mid-1"], "commit");
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual([
    "one-0 committed mid-0:t1 mid-1:",
    "one-0 aborted mid-1:t2",
    "one-0 committed mid-1:",
  ]);
  expect(over.gaps).toEqual([]);
});

test("two ways to place records are a gap, not a guess", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("t1"), a);
  end(written, "one-0", a, ["mid-0"]);
  // One of the next two transactions wrote t2 and the other nothing; either empty marker may be a repeat.
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.marker("mid-0", a, "commit");
  written.data("mid-0", keys("t2"), a);
  written.marker("mid-0", a, "commit");
  written.marker("mid-0", a, "commit");
  written.state("one-0", a, status.completeCommit);
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.state("one-0", a, status.completeCommit);
  const { batches, end: over } = audited(written);
  expect(transactions(batches).map((one) => one.split(" ")[1])).toEqual(["committed", "gap", "gap", "gap"]);
  expect(over.gaps.length).toBeGreaterThan(0);
});

test("a fence ends records of epoch e by markers of e+1, and a status-0 record tells of it", () => {
  const written = startHandWritten();
  const fenced = { pid: 1, epoch: 1 };
  const next = { pid: 1, epoch: 2 };
  written.state("one-0", a, status.empty);
  written.data("mid-0", keys("lost"), a);
  end(written, "one-0", fenced, ["mid-0"], "abort");
  written.state("one-0", next, status.empty);
  written.data("mid-0", keys("kept"), next);
  end(written, "one-0", next, ["mid-0"]);
  const { live } = audited(written);
  const order = live.flatMap((batch) => {
    if (batch.kind === "fence") return [`fence ${batch.fence.producerEpoch}`];
    return batch.kind === "transaction" ? [told(batch.transaction)] : [];
  });
  expect(order).toEqual(["fence 0", "one-0 aborted mid-0:lost", "fence 2", "one-0 committed mid-0:kept"]);
});

test("the newer protocol's markers at e+1 belong to their own transactions, whatever epoch prepare has", () => {
  for (const ahead of [0, 1]) {
    const written = startHandWritten();
    for (const epoch of [4, 5, 6]) {
      written.data("mid-0", keys(`e${epoch}`), { pid: 1, epoch });
      written.state("one-0", { pid: 1, epoch: epoch + ahead }, status.prepareCommit, ["mid-0"]);
      written.marker("mid-0", { pid: 1, epoch: epoch + 1 }, "commit");
      written.state("one-0", { pid: 1, epoch: epoch + ahead }, status.completeCommit);
    }
    const expected = [4, 5, 6].map((epoch) => `one-0 committed mid-0:e${epoch}`);
    expect(transactions(audited(written).live)).toEqual(expected);
  }
});

test("a new producer id begins at 0 and keeps the state log's order", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("old"), a);
  written.data("mid-0", keys("new"), b);
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.marker("mid-0", b, "commit");
  written.marker("mid-0", a, "commit");
  written.state("one-0", a, status.completeCommit);
  written.state("one-0", b, status.empty);
  written.state("one-0", b, status.prepareCommit, ["mid-0"]);
  written.state("one-0", b, status.completeCommit);
  expect(transactions(audited(written).live)).toEqual(["one-0 committed mid-0:old", "one-0 committed mid-0:new"]);
});

const settled = (topic: string, at: number): Parameters<HandWritten["event"]>[0] => {
  return { kind: "tail-settled", topic, partition: 0, position: at, logEnd: at, lastStableOffset: at };
};

test("begun, prepared, or with a marker not yet read: pending", () => {
  const begun = startHandWritten();
  begun.state("one-0", a, status.ongoing, ["mid-0"]);
  begun.data("mid-0", keys("x"), a);
  expect(transactions(audited(begun).batches)).toEqual(["one-0 pending mid-0!:x"]);

  const prepared = startHandWritten();
  prepared.data("mid-0", keys("x"), a);
  prepared.state("one-0", a, status.prepareCommit, ["mid-0"]);
  expect(transactions(audited(prepared).batches)).toEqual(["one-0 pending mid-0!:x"]);

  const unread = startHandWritten();
  unread.data("mid-0", keys("x"), a);
  unread.state("one-0", a, status.prepareCommit, ["mid-0"]);
  unread.state("one-0", a, status.completeCommit);
  const { batches, end: over } = audited(unread);
  expect(transactions(batches)).toEqual(["one-0 pending mid-0!:x"]);
  expect(over.gaps).toEqual([]);
});

test("complete, but a listed marker absent from a partition read to its end: a gap", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("x"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.state("one-0", a, status.completeCommit);
  written.event(settled("mid", 1));
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual(["one-0 gap mid-0!:x"]);
  expect(over.gaps).toEqual([
    {
      what: "transaction of one-0: it is complete, but mid-0 has no marker of it",
      topic: "__transaction_state",
      partition: 0,
      from: 0,
      to: 0,
    },
  ]);
});

test("records that no transaction of the state log lists are a gap with their offsets, not an accusation", () => {
  const written = startHandWritten();
  written.data("out-1", keys("x", "y"), a);
  written.marker("out-1", a, "commit");
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual([" gap out-1:x,y"]);
  expect(over.gaps).toMatchObject([{ topic: "out", partition: 1, from: 0, to: 1 }]);
});

test("prepare says commit and the partition's only group is an abort: the transaction shows both", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("x"), a);
  written.data("mid-1", keys("y"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0", "mid-1"]);
  written.marker("mid-0", a, "abort");
  written.marker("mid-1", a, "commit");
  written.state("one-0", a, status.completeCommit);
  written.event(settled("mid", 2));
  const [made] = audited(written).batches.flatMap((batch) => (batch.kind === "transaction" ? [batch.transaction] : []));
  expect(made?.outcome).toBe("committed");
  expect(made?.parts.map(({ marker }) => marker?.outcome)).toEqual(["abort", "commit"]);
});

test("a state log that says prepare-commit, then goes on without complete, is a gap", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("x"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.marker("mid-0", a, "commit");
  written.state("one-0", { pid: 1, epoch: 1 }, status.empty);
  expect(transactions(audited(written).batches)).toEqual(["one-0 gap mid-0:x"]);
});

test("an unknown version of an internal record is a gap that names it", () => {
  const written = startHandWritten();
  written.data("__transaction_state-0", [{ key: wire([16, 0], "one-0"), value: wire([16, 2]) }]);
  written.data("__consumer_offsets-0", [{ key: wire([16, 1], "g-one", "in", [32, 0]), value: wire([16, 9], [64, 1]) }]);
  written.data("__consumer_offsets-0", [{ key: wire([16, 3], "g-one"), value: wire([16, 0]) }]);
  written.data("__consumer_offsets-0", [{ key: wire([16, 3], "somebody"), value: wire([16, 0]) }]);
  expect(audited(written).end.gaps.map(({ what }) => what)).toEqual([
    "state record: version 2 of a state value",
    "offsets record: version 9 of a commit's value",
    "group g-one uses records of the newer group protocol (key version 3): who owned what cannot be read",
  ]);
});

const inZero = { group: "g-one", topic: "in", partition: 0 };

test("the commit with the highest log offset wins, whatever the order of the markers", () => {
  const written = startHandWritten();
  written.commit(inZero, 10, a);
  written.commit(inZero, 20, b);
  end(written, "one-0", b, ["__consumer_offsets-0"]);
  end(written, "one-1", a, ["__consumer_offsets-0"]);
  const { end: over } = audited(written);
  expect(over.committed.get("g-one/in-0")).toMatchObject({ nextOffset: 20, at: { offset: 1 } });
});

test("aborted and open commits do not count; a plain commit, a plain -1 and a tombstone do", () => {
  const written = startHandWritten();
  written.commit(inZero, 5);
  written.commit(inZero, 7, a);
  end(written, "one-0", a, ["__consumer_offsets-0"], "abort");
  written.commit(inZero, 9, b);
  const next = (): number | null | undefined => audited(written).end.committed.get("g-one/in-0")?.nextOffset;
  expect(next()).toBe(5);
  written.commit(inZero, -1);
  expect(next()).toBe(-1);
  written.commit(inZero, null);
  expect(next()).toBe(null);
});

test("plain commits come in the log's order, behind earlier commits of their partition that are not decided", () => {
  const written = startHandWritten();
  written.data("in-0", keys("i0", "i1", "i2"));
  written.commit(inZero, 1, a);
  written.commit(inZero, 2);
  written.commit(inZero, 3);
  end(written, "one-0", a, ["__consumer_offsets-0"]);
  const order = audited(written).live.flatMap((batch) => {
    if (batch.kind === "plain-commit") return [batch.commit.nextOffset];
    return batch.kind === "transaction" ? batch.transaction.commits.map(({ nextOffset }) => nextOffset) : [];
  });
  expect(order).toEqual([1, 2, 3]);
});

test("generations name who owned what, from group metadata", () => {
  const written = startHandWritten();
  const assignment = wire([16, 1], [32, 1], "in", [32, 2], [32, 0], [32, 1], [32, -1]);
  const member = wire("id-1", [16, -1], "member-1", "/host", [32, 1], [32, 1], [32, 0]);
  const value = wire([16, 3], "consumer", [32, 4], "RoundRobin", "id-1", [64, 0], [32, 1], member);
  written.data("__consumer_offsets-0", [
    { key: wire([16, 2], "g-one"), value: wire(value, [32, assignment.length], assignment) },
  ]);
  expect(audited(written).end).toMatchObject({
    gaps: [],
    generations: [{ group: "g-one", generation: 4, owners: new Map([["member-1", ["in-0", "in-1"]]]) }],
  });
});

test("source batches hold committed records in offset order; aborted ones come apart; open ones hold back", () => {
  const written = startHandWritten();
  written.data("mid-0", keys("a1"), a);
  written.data("mid-0", keys("b1"), b);
  written.data("mid-0", keys("plain"));
  end(written, "two-0", b, ["mid-0"], "abort");
  const before = audited(written).live.filter(({ kind }) => kind.endsWith("source"));
  expect(before).toEqual([]);
  end(written, "one-0", a, ["mid-0"]);
  const seen = audited(written).live.flatMap((batch) =>
    batch.kind === "source" || batch.kind === "aborted-source"
      ? [`${batch.kind} ${batch.stage}-${batch.partition} ${keyText(batch.records, 0)}`]
      : [],
  );
  expect(seen).toEqual(["source two-0 a1", "aborted-source two-0 b1", "source two-0 plain"]);
});

test("a transaction waits for the source records that it names, and for no bogus ones beyond the end", () => {
  const written = startHandWritten();
  const headers = { "rp-source": "in-1@1#0", "rp-writer": "member-2/3/v2/1" };
  written.data("mid-0", [{ key: "x", headers }], a);
  end(written, "one-0", a, ["mid-0"]);
  written.data("mid-1", [{ key: "y", headers: { "rp-source": "in-0@999#0" } }], b);
  end(written, "one-1", b, ["mid-1"]);
  written.data("in-1", keys("i0", "i1"));
  const { batches, live } = audited(written);
  const order = (of: readonly EvidenceBatch[]): readonly string[] =>
    of.flatMap((batch) => {
      if (batch.kind === "source" && batch.stage === "one") return ["source"];
      return batch.kind === "transaction" ? [batch.transaction.transactionalId] : [];
    });
  expect(order(live)).toEqual(["source", "one-0"]);
  expect(order(batches)).toEqual(["source", "one-0", "one-1"]);
});

test("the headers rp-source and rp-writer become columns; what is not of their form is not readable", () => {
  const written = startHandWritten();
  const sources = ["by-x-0@12#3", "in-1@0#0", "in-1@#0", "in@1#0", "-1@1#0", "in-1@1234567890123456#0", "#", ""];
  written.data("out-0", [
    ...sources.map((source) => ({ headers: { "rp-source": source, other: null } })),
    { headers: { "rp-writer": "m/1/v1/1" } },
    { headers: { "rp-writer": "m/x/v1/1" } },
    { headers: { "rp-writer": "m/1/v1" } },
  ]);
  const [plain] = audited(written).live.filter((batch) => batch.kind === "plain-records");
  if (plain === undefined) throw new Error("no plain records");
  const { records } = plain;
  const cause = (i: number): unknown[] => [
    records.causeTopics[records.causeTopic[i] ?? -1],
    records.causePartition[i],
    records.causeOffset[i],
    records.ordinal[i],
  ];
  expect(sources.map((_, i) => cause(i))).toEqual([
    ["by-x", 0, 12, 3],
    ["in", 1, 0, 0],
    ...Array.from({ length: 6 }, () => [undefined, -1, -1, -1]),
  ]);
  expect([...records.writer.subarray(sources.length)]).toEqual([0, -1, -1]);
  expect(records.writers).toEqual([{ member: "m", incarnation: 1, version: "v1", format: "1" }]);
});

test("the specification's answers go with the source; one that throws is a failure from there on, not a crash", () => {
  const specification: Specification = {
    stages: {
      one: {
        start: () => {
          let n = 0;
          return {
            step() {
              n += 1;
              if (n > 1) throw new Error("cannot");
              return { outputs: [], changes: [{ key: `n${n}`, state: null }] };
            },
          };
        },
        output: () => "",
        changelog: () => ({ kind: "position", nextOffset: 0, commit: 0 }),
        checkpoint: () => ({ inputNext: 0, changelogNext: 0, schema: "1", entries: new Map() }),
      },
    },
  };
  const written = startHandWritten();
  written.data("in-0", keys("i0"));
  written.data("in-0", keys("i1"));
  written.data("in-0", keys("i2"));
  written.data("mid-0", keys("m0"));
  const seen = audited(written, specification).live.flatMap((batch) =>
    batch.kind === "source" ? [[batch.expected, batch.failure?.split("\n")[0]]] : [],
  );
  const threw = [null, "The specification threw at in-0@1: Error: cannot"];
  expect(seen).toEqual([
    [[{ outputs: [], changes: [{ key: "n1", state: null }] }], undefined],
    threw,
    threw,
    [null, "The specification has no stage two."],
  ]);
});

test("jumps in dense topics, tail gaps, damaged files and unfollowed partitions are gaps; holes in compacted ones are not", () => {
  const written = startHandWritten();
  written.event({ kind: "tail-started", partitions: ["in-0", "log-0", "__transaction_state-0"] });
  for (const place of ["in-0", "log-0"] as const) {
    written.data(place, keys("x"));
    written.skip(place, 3);
    written.data(place, keys("y"));
  }
  written.event({ kind: "tail-gap", topic: "in", partition: 1, from: 4, to: 6 });
  end(written, "one-0", a, ["elsewhere-0"]);
  const audit = startAudit({ description: twoStages, specification: null, partitions: 2 });
  for (const item of written.items) audit.step(item);
  const lost = { topic: "out", partition: 1, from: 8 };
  const problems = [{ file: "out-1.log", byte: 70, what: "A frame is bad.", lost }];
  const last = audit.finish({ complete: false, problems }).at(-1);
  if (last?.kind !== "end") throw new Error("no end");
  expect(last.end.complete).toBe(false);
  expect(last.end.gaps).toEqual([
    { what: "the history misses records", topic: "in", partition: 0, from: 1, to: 4 },
    { what: "the tail missed records", topic: "in", partition: 1, from: 4, to: 6 },
    {
      what: "transactions write to elsewhere, which the tail does not follow",
      topic: "elsewhere",
      partition: null,
      from: null,
      to: null,
    },
    { what: "history file out-1.log, byte 70: A frame is bad.", topic: "out", partition: 1, from: 8, to: null },
  ]);
});

test("an empty history has an end and nothing else", () => {
  expect(audited(startHandWritten()).batches.map(({ kind }) => kind)).toEqual(["end"]);
});
