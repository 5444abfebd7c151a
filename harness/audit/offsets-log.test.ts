import { expect, test } from "vitest";
import { a, audited, b, end, keys } from "./audited.fixture.ts";
import { beginHandWritten, wire } from "./hand-written.fixture.ts";

test("an unknown version of an internal record is a gap that names it", () => {
  const written = beginHandWritten();
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
  const written = beginHandWritten();
  written.commit(inZero, 10, a);
  written.commit(inZero, 20, b);
  end(written, "one-0", b, ["__consumer_offsets-0"]);
  end(written, "one-1", a, ["__consumer_offsets-0"]);
  const { end: over } = audited(written);
  expect(over.committed.get("g-one/in-0")).toMatchObject({ nextOffset: 20, at: { offset: 1 } });
});

test("aborted and open commits do not count; a plain commit, a plain -1 and a tombstone do", () => {
  const written = beginHandWritten();
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
  const written = beginHandWritten();
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
  const written = beginHandWritten();
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
