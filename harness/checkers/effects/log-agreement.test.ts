import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import type { EvidenceBatch } from "../../model/evidence.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";

/** A second read of out-0 in which everything is as before. */
function readAgain(change: Partial<EventBody<"log-read-again">> = {}): EventBody<"log-read-again"> {
  return {
    kind: "log-read-again",
    topic: "out",
    partition: 0,
    from: 0,
    to: 2,
    leaderEpoch: 1,
    records: 2,
    gone: 0,
    before: "aa",
    after: "aa",
    differ: 0,
    differences: [],
    why: null,
    ...change,
  };
}

function world(...events: readonly EventBody[]): World {
  const made = new World();
  made.input(0, "a");
  made.transact(0);
  for (const event of events) made.event(event);
  return made;
}

/** From the second batch of out-0 on, under a leader of this epoch. */
function underLeader(batches: readonly EvidenceBatch[], leaderEpoch: number): readonly EvidenceBatch[] {
  let seen = 0;
  return batches.map((batch) => {
    if (batch.kind !== "log" || batch.batch.topic !== "out" || seen++ === 0) return batch;
    return { ...batch, batch: { ...batch.batch, leaderEpoch } };
  });
}

test("records that are the same under the new leader are valid and counted, and so is what compaction took", () => {
  const same = world(readAgain(), readAgain({ topic: "count-log", from: 0, to: 9, records: 3, gone: 6 }));
  expect(findingOf("OR2", same.finish())).toMatchObject({ outcome: "valid", examined: 5, why: null });
});

test("a record with another value under the new leader convicts, with the offset and both digests", () => {
  const differences = [{ offset: 1, what: "value" }];
  const made = world(readAgain({ after: "bb", differ: 1, differences }));
  const at = made.batches.findLast(({ kind }) => kind === "event");
  const seq = at?.kind === "event" ? at.event.seq : -1;
  expect(findingOf("OR2", made.finish()).anomalies).toEqual([
    {
      invariant: "OR2",
      sentence: "The record out-0@1 has another value under leader epoch 1 than was read before.",
      expected: "the same 2 records (SHA-256 aa)",
      actual: "others (SHA-256 bb)",
      evidence: ["r:out-0@1", `e:${seq}`],
      restsOn: [{ ledger: "log", partition: "out-0", from: 1, to: 1, claims: "presence" }],
      firstBadCommit: null,
      task: null,
      seq,
      more: 0,
    },
  ]);
});

test("records that an unclean election lost convict, also where only the digests tell", () => {
  const lost = readAgain({ after: "bb", differ: 2, differences: [{ offset: 0, what: "missing" }] });
  expect(findingOf("OR2", world(lost).finish()).anomalies).toMatchObject([
    {
      sentence:
        "The record out-0@0 had been read, and is gone under leader epoch 1. 2 of the 2 records read again are not the same.",
    },
  ]);
  const unnamed = findingOf("OR2", world(readAgain({ after: "bb", differences: "none" })).finish());
  expect(unnamed.anomalies).toMatchObject([{ sentence: expect.stringContaining("from 0 to 2 under leader epoch 1") }]);
});

test("a second read that is not over is a doubt, until a later leader has answered", () => {
  const unread = readAgain({ records: 0, why: "its leader serves it up to 1 of 2" });
  const finding = findingOf("OR2", world(unread).finish());
  expect(finding).toMatchObject({ outcome: "unknown", anomalies: [] });
  expect(finding.why).toContain("out-0 was not read again up to 2");
  expect(findingOf("OR2", world(unread, readAgain({ leaderEpoch: 2 })).finish()).outcome).toBe("valid");
});

test("without a change of leader nothing is shown; a change without a second read is named", () => {
  expect(findingOf("OR2", world().finish())).toMatchObject({ outcome: "idle", examined: 0 });
  const changed = findingOf("OR2", underLeader(world().finish(), 1));
  expect(changed).toMatchObject({ outcome: "idle", why: expect.stringContaining("out-0 changed the leader") });
  const others = world(readAgain({ topic: "in", partition: 1 })).finish();
  expect(findingOf("OR2", underLeader(others, 1))).toMatchObject({ outcome: "unknown", examined: 2 });
  expect(findingOf("OR2", underLeader(world(readAgain()).finish(), 1)).outcome).toBe("valid");
  expect(findingOf("OR2", underLeader(world(readAgain()).finish(), 2)).outcome).toBe("unknown");
});

test("a history that has not ended leaves a doubt, and an empty one shows nothing", () => {
  const cut = world(readAgain());
  expect(findingOf("OR2", cut.batches)).toMatchObject({ outcome: "unknown", examined: 2 });
  expect(findingOf("OR2", []).outcome).toBe("unknown");
});
