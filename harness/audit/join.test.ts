import { expect, test } from "vitest";
import { a, audited, b, end, keys, told, transactions } from "./audited.fixture.ts";
import { beginHandWritten, status, type HandWritten } from "./hand-written.fixture.ts";

test("interleaved producers on one partition are told apart by producer id", () => {
  const written = beginHandWritten();
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
  const written = beginHandWritten();
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
  const written = beginHandWritten();
  for (const n of [1, 2, 3]) {
    written.data("mid-0", keys(`t${n}`), a);
    written.state("one-0", a, status.prepareCommit, ["mid-0"]);
    written.marker("mid-0", a, "commit");
    if (n === 1) written.marker("mid-0", a, "commit");
    written.state("one-0", a, status.completeCommit);
  }
  written.settle();
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual([1, 2, 3].map((n) => `one-0 committed mid-0:t${n}`));
  expect(over.gaps).toEqual([]);
});

test("a repeat by a later coordinator is known at once when the next transaction's coordinator rules it out", () => {
  const written = beginHandWritten();
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
  const written = beginHandWritten();
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
  const written = beginHandWritten();
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
  const written = beginHandWritten();
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

test("the newer protocol's markers at e+1 belong to their own transactions", () => {
  const written = beginHandWritten();
  for (const epoch of [4, 5, 6]) {
    const ended = { pid: 1, epoch: epoch + 1, raises: true };
    written.data("mid-0", keys(`e${epoch}`), { pid: 1, epoch });
    end(written, "one-0", ended, ["mid-0"]);
  }
  expect(transactions(audited(written).live)).toEqual([4, 5, 6].map((epoch) => `one-0 committed mid-0:e${epoch}`));
});

test("a new producer id begins at 0 and keeps the state log's order", () => {
  const written = beginHandWritten();
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
  const begun = beginHandWritten();
  begun.state("one-0", a, status.ongoing, ["mid-0"]);
  begun.data("mid-0", keys("x"), a);
  expect(transactions(audited(begun).batches)).toEqual(["one-0 pending mid-0!:x"]);

  const prepared = beginHandWritten();
  prepared.data("mid-0", keys("x"), a);
  prepared.state("one-0", a, status.prepareCommit, ["mid-0"]);
  expect(transactions(audited(prepared).batches)).toEqual(["one-0 pending mid-0!:x"]);

  const unread = beginHandWritten();
  unread.data("mid-0", keys("x"), a);
  unread.state("one-0", a, status.prepareCommit, ["mid-0"]);
  unread.state("one-0", a, status.completeCommit);
  const { batches, end: over } = audited(unread);
  expect(transactions(batches)).toEqual(["one-0 pending mid-0!:x"]);
  expect(over.gaps).toEqual([]);
});

test("complete, but a listed marker absent from a partition read to its end: a gap", () => {
  const written = beginHandWritten();
  written.data("mid-0", keys("x"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.state("one-0", a, status.completeCommit);
  written.event(settled("mid", 1));
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual(["one-0 gap mid-0!:x"]);
  expect(over.gaps).toEqual([
    {
      what: "transaction of one-0: it is complete, but the log has no marker of it (mid-0)",
      topic: "__transaction_state",
      partition: 0,
      from: 0,
      to: 0,
    },
  ]);
});

test("records that no transaction of the state log lists are a gap with their offsets, not an accusation", () => {
  const written = beginHandWritten();
  written.data("out-1", keys("x", "y"), a);
  written.marker("out-1", a, "commit");
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual([" gap out-1:x,y"]);
  expect(over.gaps).toMatchObject([{ topic: "out", partition: 1, from: 0, to: 1 }]);
});

test("prepare says commit and the partition's only group is an abort: the transaction shows both", () => {
  const written = beginHandWritten();
  written.data("mid-0", keys("x"), a);
  written.data("mid-1", keys("y"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0", "mid-1"]);
  written.marker("mid-0", a, "abort");
  written.marker("mid-1", a, "commit");
  written.state("one-0", a, status.completeCommit);
  written.settle();
  const [made] = audited(written).batches.flatMap((batch) => (batch.kind === "transaction" ? [batch.transaction] : []));
  expect(made?.outcome).toBe("committed");
  expect(made?.parts.map(({ marker }) => marker?.outcome)).toEqual(["abort", "commit"]);
});

test("a state log that says prepare-commit, then goes on without complete, is a gap", () => {
  const written = beginHandWritten();
  written.data("mid-0", keys("x"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.marker("mid-0", a, "commit");
  written.state("one-0", { pid: 1, epoch: 1 }, status.empty);
  expect(transactions(audited(written).batches)).toEqual(["one-0 gap mid-0:x"]);
});
