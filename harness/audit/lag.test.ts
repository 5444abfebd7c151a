import { expect, test } from "vitest";
import { branching } from "./branching.fixture.ts";
import { beginHandWritten, status, twoStages, type HandWritten } from "./hand-written.fixture.ts";
import { beginLag, type Lag } from "./lag.ts";

const a = { pid: 1, epoch: 0 };
const inZero = { group: "g-one", topic: "in", partition: 0 };

function lagOf(written: HandWritten): Lag {
  const lag = beginLag(twoStages, 1);
  for (const item of written.items) if (item.kind === "frame") lag.step(item.batch);
  return lag;
}

test("a partition that ends in markers and aborted records has no lag although its end is above the committed offset", () => {
  const written = beginHandWritten();
  written.data("in-0", [{ key: "x" }, { key: "y" }]);
  written.data("in-0", [{ key: "lost" }], a);
  written.marker("in-0", a, "abort");
  written.commit(inZero, 2);
  expect(lagOf(written).tasks()).toEqual([
    { stage: "one", partition: 0, committedNext: 2, lag: 0 },
    { stage: "two", partition: 0, committedNext: null, lag: 0 },
  ]);
});

test("records and commits of an open transaction do not count, and the transaction shows as open", () => {
  const written = beginHandWritten();
  written.data("in-0", [{ key: "x" }]);
  written.state("one-0", a, status.ongoing, ["mid-0", "__consumer_offsets-0"]);
  written.data("mid-0", [{ key: "m" }], a);
  written.commit(inZero, 1, a);
  const before = lagOf(written);
  expect([before.tasks().map(({ lag }) => lag), before.open()]).toEqual([
    [1, 0],
    ["one-0", "mid-0"],
  ]);
  written.state("one-0", a, status.prepareCommit, ["mid-0", "__consumer_offsets-0"]);
  written.marker("mid-0", a, "commit");
  written.marker("__consumer_offsets-0", a, "commit");
  written.state("one-0", a, status.completeCommit);
  const after = lagOf(written);
  expect([after.tasks().map(({ lag }) => lag), after.open()]).toEqual([[0, 1], []]);
});

test("each reader of a topic has a lag of its own, and a task with several sources that of all of them", () => {
  const written = beginHandWritten();
  const lag = beginLag(branching, 6);
  written.data("in-2", [{ key: "x" }, { key: "y" }]);
  written.data("fees-1", [{ key: "x" }]);
  written.data("fees-3", [{ key: "y" }]);
  written.data("refunds-1", [{ key: "z" }, { key: "z" }]);
  written.commit({ group: "app", topic: "in", partition: 2 }, 1);
  written.commit({ group: "ids", topic: "in", partition: 2 }, 2);
  written.commit({ group: "app", topic: "refunds", partition: 1 }, 1);
  written.commit({ group: "app", topic: "fees", partition: 1 }, 1);
  for (const item of written.items) if (item.kind === "frame") lag.step(item.batch);
  const tasks = lag.tasks();
  expect(tasks).toHaveLength(3 + 3 + 4);
  expect(tasks.filter(({ lag: waiting, committedNext }) => waiting > 0 || committedNext !== null)).toEqual([
    { stage: "fee", partition: 2, committedNext: 1, lag: 1 },
    { stage: "id", partition: 2, committedNext: 2, lag: 0 },
    { stage: "merge", partition: 1, committedNext: 2, lag: 1 },
    { stage: "merge", partition: 3, committedNext: null, lag: 1 },
  ]);
});
