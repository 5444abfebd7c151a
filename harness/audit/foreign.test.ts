import { expect, test } from "vitest";
import { a, audited, b, end, keys, transactions } from "./audited.fixture.ts";
import { beginHandWritten, status, twoStages, wire, type HandWritten } from "./hand-written.fixture.ts";
import { beginLag } from "./lag.ts";

const own = { group: "g-one", topic: "in", partition: 0 } as const;
const theirs = { group: "connect-sink", topic: "orders", partition: 0 } as const;

/** Group metadata whose members' assignments are of another protocol. */
function foreignGroup(written: HandWritten, group: string, protocolType: string): void {
  const assignment = wire([16, 0], [16, 7], [8, 255]);
  const member = wire("id", [16, -1], "worker", "/h", [32, 1], [32, 1], [32, 0], [32, assignment.length], assignment);
  const value = wire([16, 3], protocolType, [32, 1], "p", "id", [64, 0], [32, 1], member);
  written.data("__consumer_offsets-0", [{ key: wire([16, 2], group), value }]);
}

test("groups of Connect and Schema Registry, and what of theirs cannot be read, are neither evidence nor a gap", () => {
  const written = beginHandWritten();
  foreignGroup(written, "connect-cluster", "connect");
  foreignGroup(written, "schema-registry", "sr");
  written.commit(theirs, 3);
  written.data("__consumer_offsets-0", [
    { key: wire([16, 1], "connect-sink", "orders", [32, 0]), value: wire([16, 9]) },
    { key: wire([16, 3], "share-group"), value: wire([16, 0]) },
  ]);
  written.commit(own, 1);
  const { batches, end: over } = audited(written);
  expect(over.gaps).toEqual([]);
  expect(over.generations).toEqual([]);
  expect([...over.committed.keys()]).toEqual(["g-one/in-0"]);
  expect(batches.filter(({ kind }) => kind === "plain-commit")).toHaveLength(1);
});

test("an offsets record of one of the pipeline's groups that cannot be read is a gap, and one whose group is hidden", () => {
  const written = beginHandWritten();
  foreignGroup(written, "g-one", "connect");
  written.data("__consumer_offsets-0", [{ key: wire([16, 1]), value: wire([16, 3]) }]);
  expect(audited(written).end.gaps.map(({ from }) => from)).toEqual([0, 1]);
});

test("a foreign id that writes to its own topic only is nothing; one that writes to the pipeline's is evidence", () => {
  const written = beginHandWritten();
  written.event({
    kind: "tail-started",
    partitions: ["mid-0", "__consumer_offsets-0", "__transaction_state-0"],
  });
  const places = ["orders-0", "__consumer_offsets-0"] as const;
  written.commit(theirs, 4, a);
  written.state("stranger", a, status.prepareCommit, places);
  written.marker("__consumer_offsets-0", a, "commit");
  written.state("stranger", a, status.completeCommit);
  written.data("mid-0", keys("x"), b);
  written.state("intruder", b, status.prepareCommit, ["orders-1", "mid-0"]);
  written.marker("mid-0", b, "commit");
  written.state("intruder", b, status.completeCommit);
  written.state("stranger", a, status.ongoing, ["orders-0"]);
  written.settle();
  const { batches, end: over } = audited(written);
  expect(transactions(batches)).toEqual(["intruder committed orders-1!: mid-0:x"]);
  expect(over.gaps).toEqual([]);
});

test("a transaction of offsets alone is the pipeline's when it commits for one of its groups", () => {
  const written = beginHandWritten();
  written.commit(own, 2, a);
  end(written, "somebody", a, ["__consumer_offsets-0"]);
  written.commit(theirs, 2, b);
  end(written, "stranger", b, ["__consumer_offsets-0"]);
  written.settle();
  expect(transactions(audited(written).batches)).toEqual(["somebody committed __consumer_offsets-0:1"]);
});

test("the live lag knows neither their transactions nor their offsets", () => {
  const written = beginHandWritten();
  written.data("in-0", keys("i0", "i1"));
  written.commit(theirs, 2);
  written.commit(own, 1);
  written.state("stranger", a, status.ongoing, ["orders-0", "__consumer_offsets-0"]);
  written.state("one-0", b, status.ongoing, ["mid-0"]);
  const lag = beginLag(twoStages, 1);
  for (const item of written.items) if (item.kind === "frame") lag.step(item.batch);
  expect(lag.open()).toEqual(["one-0"]);
  expect(lag.tasks().find(({ stage }) => stage === "one")).toMatchObject({ committedNext: 1, lag: 1 });
});
