import { expect, test } from "vitest";
import { seq } from "../../model/brand.ts";
import type { Transaction } from "../../model/evidence.ts";
import type { Finding } from "../../model/finding.ts";
import { findingOf } from "../findings.fixture.ts";
import { recordsOf } from "../hand-written-records.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";

/** The toy with a second stage, which reads what the first one writes. */
const description = {
  ...toyDescription,
  stages: [
    ...toyDescription.stages,
    {
      name: "total",
      sources: ["out"],
      group: "toy-total",
      changelog: null,
      sinks: ["final"],
      transactionalId: (partition: number) => `toy-total-${partition}`,
    },
  ],
};

interface Reader {
  /** Where it was prepared; null: not known. */
  readonly prepare: { readonly partition: number; readonly offset: number } | null;
  /** Its marker in the one partition of the offsets log. */
  readonly marker?: number;
  readonly cause?: number;
  /** A second output's. */
  readonly laterCause?: number;
  readonly twin?: number;
  readonly outcome?: Transaction["outcome"];
}

/** A transaction of the second stage, whose output answers out-0@cause. */
function reader(of: Reader): Transaction {
  const { prepare, marker = 1_000, cause = 0, laterCause, twin, outcome = "committed" } = of;
  const read = laterCause === undefined ? [cause] : [cause, laterCause];
  const records = recordsOf(
    { topic: "final", partition: 0 },
    read.map((one) => ({ key: "a", value: "1", cause: [one, 0] as const })),
    read.map((_, i) => i),
    null,
  );
  const twins =
    twin === undefined
      ? null
      : { topic: new Int32Array(1), partition: Int32Array.of(0), offset: Float64Array.of(twin) };
  const empty = recordsOf({ topic: "__consumer_offsets", partition: 0 }, [], [], null);
  const part = { epochs: new Int32Array(1), listed: true };
  const closed = (offset: number) => ({ offset, outcome: "commit" as const, producerEpoch: 0, coordinatorEpoch: 0 });
  return {
    index: 99,
    transactionalId: "toy-total-0",
    producerId: 50,
    producerEpoch: 0,
    session: 0,
    outcome,
    why: null,
    logged: { prepare: "committed", complete: "committed" },
    prepare: prepare === null ? null : { topic: "__transaction_state", ...prepare },
    complete: null,
    parts: [
      {
        ...part,
        topic: "final",
        partition: 0,
        role: "sink",
        records: { ...records, causeTopics: ["out"], twins },
        marker: closed(1),
      },
      { ...part, topic: "__consumer_offsets", partition: 0, role: "offsets", records: empty, marker: closed(marker) },
    ],
    commits: [],
    task: null,
    seq: seq(0),
    firstSeq: seq(0),
  };
}

/** TX4 of a first stage that commits once (prepared at @0, its offset commit at @0 of the offsets log) and of this reader. */
function judged(
  of: Reader,
  order: "reader first" | "writer first" = "writer first",
  guarantee?: "at-least-once",
): Finding {
  const world = new World();
  world.input(0, "a");
  world.open(0); // takes @0 of the state log
  world.open(0);
  world.plainCommit(1, 0); // takes @0 of the offsets log
  const read = { kind: "transaction" as const, transaction: reader(of) };
  if (order === "reader first") world.batches.push(read);
  world.transact(0); // prepared at @2, with its offset commit at @1
  if (order === "writer first") world.batches.push(read);
  const plan = toyPlan(guarantee === undefined ? {} : { guarantee });
  return findingOf("TX4", world.finish(), { description, plan });
}

test.each(["reader first", "writer first"] as const)(
  "TX4 flags a reader that was decided before the transaction that wrote its cause, in whichever order they are known (%s)",
  (order) => {
    expect(judged({ prepare: { partition: 0, offset: 1 } }, order)).toMatchObject({
      outcome: "invalid",
      anomalies: [
        {
          sentence:
            "total-0 read out-0@0 before it was committed: the transaction of toy-total-0 with its effect was committed before that of toy-count-0.",
          evidence: ["r:out-0@0", "r:final-0@0", "r:__transaction_state-0@1", "r:__transaction_state-0@2"],
          task: "total-0",
        },
      ],
    });
  },
);

test("TX4 flags a reader whose marker lies below a record of the writer in a log of both", () => {
  expect(judged({ prepare: null, marker: 0 }).anomalies).toMatchObject([
    { evidence: ["r:out-0@0", "r:final-0@0", "r:__consumer_offsets-0@0", "r:__consumer_offsets-0@1"] },
  ]);
});

test.each(["reader first", "writer first"] as const)(
  "TX4 flags a reader that passed a transaction which was still open, also when its latest cause was committed (%s)",
  (order) => {
    const world = new World();
    world.input(0, "a");
    world.input(1, "a");
    const open = world.begin(0);
    open.send(); // out-0@0
    world.transact(1); // out-0@1, prepared at @0
    world.open(0); // takes @2 of the state log
    const read = {
      kind: "transaction" as const,
      transaction: reader({ prepare: { partition: 0, offset: 2 }, laterCause: 1 }),
    };
    if (order === "reader first") world.batches.push(read);
    open.end("committed"); // prepared at @3
    if (order === "writer first") world.batches.push(read);
    expect(findingOf("TX4", world.finish(), { description })).toMatchObject({
      outcome: "invalid",
      examined: 2,
      anomalies: [{ evidence: ["r:out-0@0", "r:final-0@0", "r:__transaction_state-0@2", "r:__transaction_state-0@3"] }],
    });
  },
);

test("TX4 lets the reader come after the writer, however late the writer's markers are", () => {
  expect(judged({ prepare: { partition: 0, offset: 5 } }).outcome).toBe("valid");
  // The marker lies between the writer's offset commit and the writer's marker.
  expect(judged({ prepare: null, marker: 2 }).outcome).toBe("valid");
});

test("TX4 proves nothing by logs that only one of them wrote to, by a chosen cause, or by a transaction that is not committed", () => {
  const early = { prepare: { partition: 0, offset: 1 } };
  expect(judged({ ...early, twin: 7 }).outcome).toBe("idle");
  expect(judged({ ...early, outcome: "aborted" }).outcome).toBe("idle");
  expect(judged({ ...early, outcome: "gap" }).outcome).toBe("idle");
  expect(judged({ ...early, cause: 4 }).outcome).toBe("idle");
});

test("TX4 has no subject at least once, and is idle where stages do not follow each other", () => {
  expect(judged({ prepare: { partition: 0, offset: 1 } }, "writer first", "at-least-once").outcome).toBe(
    "not-applicable",
  );
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  expect(findingOf("TX4", world.finish()).outcome).toBe("idle");
  expect(findingOf("TX4", []).outcome).toBe("unknown");
});
