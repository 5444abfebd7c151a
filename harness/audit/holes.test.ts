import { expect, test } from "vitest";
import { a, audited, b, end, keys, transactions } from "./audited.fixture.ts";
import { beginHandWritten, status, type HandWritten } from "./hand-written.fixture.ts";

const g = { group: "g-one", topic: "in", partition: 0 } as const;

/** Three transactions of one producer in `mid-0`, the first one's marker lost. */
function markerLost(raises: boolean): HandWritten {
  const written = beginHandWritten();
  let by = { pid: 1, epoch: 0 };
  for (const n of [1, 2, 3, 4]) {
    written.data("mid-0", keys(`t${n}`), by);
    if (raises) by = { ...by, epoch: by.epoch + 1 };
    written.state("one-0", { ...by, raises }, status.prepareCommit, ["mid-0"]);
    if (n === 1) written.skip("mid-0", 1);
    else written.marker("mid-0", by, "commit");
    written.state("one-0", { ...by, raises }, status.completeCommit);
  }
  return written;
}

test("a lost marker leaves the transactions on both sides of it undecided; the whole log places the later ones", () => {
  const written = markerLost(false);
  expect(transactions(audited(written).live)).toEqual([]);
  written.settle();
  expect(transactions(audited(written).batches)).toEqual([
    "one-0 gap mid-0!:",
    "one-0 gap mid-0:t1,t2",
    "one-0 committed mid-0:t3",
    "one-0 committed mid-0:t4",
  ]);
});

test("an epoch that no other transaction has tells at once where to go on behind a hole", () => {
  expect(transactions(audited(markerLost(true)).live)).toEqual([
    "one-0 gap mid-0!:",
    "one-0 gap mid-0:t1,t2",
    "one-0 committed mid-0:t3",
    "one-0 committed mid-0:t4",
  ]);
});

test("a source record that was open at a hole is neither committed nor aborted, and the gap reaches back to it", () => {
  const written = beginHandWritten();
  written.data("mid-0", keys("open"), a);
  written.data("mid-0", keys("plain"));
  written.skip("mid-0", 1);
  written.data("mid-0", keys("later"), a);
  end(written, "one-0", a, ["mid-0"]);
  const { live, end: over } = audited(written);
  const released = live.flatMap((batch) => (batch.kind === "source" ? [...batch.records.offsets] : []));
  expect(released).toEqual([1, 3]);
  expect(over.gaps).toContainEqual({
    what: "records were open at a hole, and the marker that ended them may be in it",
    topic: "mid",
    partition: 0,
    from: 0,
    to: 3,
  });
});

test("an offset commit whose marker may be lost does not count as committed by the next one", () => {
  const written = beginHandWritten();
  written.commit(g, 5, a);
  written.skip("__consumer_offsets-0", 1);
  written.commit(g, 6, b);
  written.marker("__consumer_offsets-0", a, "commit");
  written.marker("__consumer_offsets-0", b, "commit");
  const { end: over } = audited(written);
  expect(over.committed.get("g-one/in-0")).toMatchObject({ nextOffset: 6 });
});

test("a lost prepare record shifts nobody: the records that it listed are named, the others are placed", () => {
  const written = beginHandWritten();
  for (const n of [1, 2, 3]) {
    written.data("mid-0", keys(`t${n}`), a);
    if (n === 2) written.skip("__transaction_state-0", 2);
    else written.state("one-0", a, status.prepareCommit, ["mid-0"]);
    written.marker("mid-0", a, "commit");
    if (n !== 2) written.state("one-0", a, status.completeCommit);
  }
  written.settle();
  expect(transactions(audited(written).batches)).toEqual([
    "one-0 committed mid-0:t1",
    "one-0 committed mid-0:t3",
    "one-0 gap mid-0:t2",
  ]);
});

test("a hole in the state log hides how a transaction ended, and joins no two halves of different ones", () => {
  const written = beginHandWritten();
  written.data("mid-0", keys("t1"), a);
  written.state("one-0", a, status.prepareCommit, ["mid-0"]);
  written.marker("mid-0", a, "commit");
  written.skip("__transaction_state-0", 2);
  written.data("mid-0", keys("t2"), a);
  written.marker("mid-0", a, "abort");
  written.state("one-0", a, status.completeAbort);
  written.settle();
  expect(transactions(audited(written).batches)).toEqual(["one-0 gap mid-0:t1", "one-0 gap mid-0:t2"]);
});

test("a log is settled when what was read reaches the end that the tail named, without a hole", () => {
  const written = beginHandWritten();
  written.data("in-0", keys("x", "y"));
  written.data("in-1", keys("x"));
  written.skip("in-1", 1);
  written.data("in-1", keys("z"));
  written.settle();
  written.event({ kind: "tail-settled", topic: "mid", partition: 0, position: 9, logEnd: 9, lastStableOffset: 9 });
  const settled = audited(written).end.partitions.map((log) => [`${log.topic}-${log.partition}`, log.settled]);
  expect(settled).toEqual([
    ["in-0", true],
    ["in-1", false],
    ["mid-0", false],
  ]);
});

/** `one-0` commits into `mid-0`, then lists it and writes nothing, then writes again. */
function listedNeverWritten(third: (written: HandWritten) => void): HandWritten {
  const written = beginHandWritten();
  written.data("mid-0", keys("t1"), a);
  end(written, "one-0", a, ["mid-0"]);
  end(written, "one-0", a, ["mid-0"]);
  third(written);
  return written;
}

const second = "one-0 committed mid-0:";

test("a partition that is listed and never written is decided when a later group cannot be the transaction's", () => {
  const byOutcome = listedNeverWritten((written) => {
    written.data("mid-0", keys("t3"), a);
    end(written, "one-0", a, ["mid-0"], "abort");
  });
  expect(transactions(audited(byOutcome).live)[1]).toBe(second);
  const byEpoch = listedNeverWritten((written) => {
    const next = { pid: 1, epoch: 1 };
    written.state("one-0", next, status.empty);
    written.data("mid-0", keys("t3"), next);
    end(written, "one-0", next, ["mid-0"]);
  });
  expect(transactions(audited(byEpoch).live)).toEqual(["one-0 committed mid-0:t1", second, "one-0 committed mid-0:t3"]);
  const byCoordinator = listedNeverWritten((written) => {
    written.data("mid-0", keys("t3"), a);
    written.state("one-0", a, status.prepareCommit, ["mid-0"], 1);
    written.marker("mid-0", a, "commit", 1);
    written.state("one-0", a, status.completeCommit, [], 1);
  });
  expect(transactions(audited(byCoordinator).live)[1]).toBe(second);
});

test("a partition that a producer never wrote before is decided at once, and so is any epoch of its own", () => {
  const first = beginHandWritten();
  first.data("mid-0", keys("t1"), a);
  end(first, "one-0", a, ["mid-0", "mid-1"]);
  expect(transactions(audited(first).live)).toEqual(["one-0 committed mid-0:t1 mid-1:"]);
  const raising = beginHandWritten();
  for (const epoch of [1, 2, 3]) {
    const by = { pid: 1, epoch, raises: true };
    raising.state("one-0", by, status.prepareCommit, ["mid-0"]);
    raising.marker("mid-0", by, "commit");
    raising.marker("mid-0", by, "commit");
    raising.state("one-0", by, status.completeCommit);
  }
  expect(transactions(audited(raising).live)).toEqual([second, second, second]);
});

test("where the next records may be its own, a bare marker waits for the whole", () => {
  const written = listedNeverWritten((more) => {
    more.data("mid-0", keys("t3"), a);
    end(more, "one-0", a, ["mid-0"]);
  });
  expect(transactions(audited(written).live)).toEqual(["one-0 committed mid-0:t1"]);
  written.settle();
  expect(transactions(audited(written).batches)).toEqual([
    "one-0 committed mid-0:t1",
    second,
    "one-0 committed mid-0:t3",
  ]);
});
