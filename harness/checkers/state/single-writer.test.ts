import { expect, test } from "vitest";
import type { EvidenceEnd } from "../../model/evidence.ts";
import type { Finding } from "../../model/finding.ts";
import { findingOf } from "../findings.fixture.ts";
import { recordsOf } from "../hand-written-records.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";

interface Shift {
  readonly member: string;
  readonly incarnation?: number;
}

/** ST2 of a task whose committed transactions are by these, one each, each with a generation before it where `owners` says so. */
function judged(
  shifts: readonly Shift[],
  { owners = [], end = {} }: { readonly owners?: readonly string[]; readonly end?: Partial<EvidenceEnd> } = {},
): Finding {
  const world = new World();
  for (const owner of owners) world.generation({ [owner]: [0, 1] });
  for (const { member, incarnation = 1 } of shifts) {
    world.open(0, { member, incarnation });
    world.input(0, "a");
    world.transact(0);
  }
  return findingOf("ST2", world.finish(end));
}

const [first, second] = [{ member: "member-1" }, { member: "member-2" }];

test("ST2 flags a member that writes after another has, though it was never given the task back", () => {
  expect(judged([first, second, first], { owners: ["member-1", "member-2"] })).toMatchObject({
    outcome: "invalid",
    anomalies: [
      {
        sentence:
          "member-1/1 wrote a committed record of count-0 to count-log-0 after member-2/1 had taken the task over.",
        actual: "one at offset 6; owners of its source partition were member-1, member-2",
        evidence: ["r:count-log-0@3", "r:count-log-0@6"],
        task: "count-0",
        more: 1, // its outputs, too
      },
    ],
  });
});

test("ST2 flags an earlier incarnation that writes after a later one, whatever the generations say", () => {
  const again = [{ ...first, incarnation: 2 }, first];
  expect(judged([first, ...again]).anomalies).toMatchObject([
    { sentence: expect.stringMatching(/^member-1\/1 wrote .* after member-1\/2 had taken the task over\.$/) },
  ]);
});

test("ST2 flags a record outside transactions by an owner that was not fenced", () => {
  const world = new World();
  for (const owner of ["member-1", "member-2"]) world.generation({ [owner]: [0, 1] });
  const old = world.open(0);
  world.input(0, "a");
  world.transact(0);
  const fresh = world.open(0, second);
  world.input(0, "a");
  world.transact(0);
  Object.assign(world.task(0), { session: old });
  world.plainOutputs(0, [{ key: "a", value: "3", cause: [1, 0] }]);
  Object.assign(world.task(0), { session: fresh });
  expect(findingOf("ST2", world.finish()).anomalies).toMatchObject([{ evidence: ["r:out-0@2", "r:out-0@4"] }]);
});

test.each(["old", "new"] as const)(
  "ST2 flags a transaction that goes on after the newer owner's first record, whichever is decided first (%s)",
  (first) => {
    const of = (n: number) => ({ member: "member-1", incarnation: n });
    const judge = (older: readonly number[], newer: readonly number[], writers = [of(1), of(2)]): Finding => {
      const world = new World();
      const sessions = writers.map((writer) => world.open(0, writer));
      world.input(0, "a");
      const parts = [older, newer].map((offsets, i) => ({
        kind: "plain-records" as const,
        role: "sink" as const,
        records: recordsOf(
          { topic: "out", partition: 0 },
          offsets.map(() => ({ key: "a", value: "1", cause: [0, 0] as const })),
          offsets,
          sessions[i] ?? null,
        ),
      }));
      world.batches.push(...(first === "old" ? parts : parts.toReversed()));
      return findingOf("ST2", world.finish());
    };
    for (const [older, newer] of [
      [
        [5, 20],
        [10, 12],
      ],
      [
        [5, 20],
        [10, 25],
      ],
      [
        [10, 25],
        [5, 20],
      ],
      [
        [10, 12],
        [5, 20],
      ],
    ] as const)
      expect(judge(older, newer).anomalies).toMatchObject([{ sentence: expect.stringMatching(/^member-1\/1 wrote/) }]);
    expect(judge([5, 9], [10, 12]).outcome).toBe("valid");
  },
);

test("ST2 lets a task come back, and owners write nothing", () => {
  const back = ["member-1", "member-2", "member-1"];
  expect(
    [
      judged([first, second, first], { owners: back }),
      judged([first, second], { owners: ["member-1", "member-3", "member-2"] }),
      judged([first, { ...first, incarnation: 2 }, second, { ...first, incarnation: 3 }], { owners: back }),
      judged([first, second, { member: "member-3" }], { owners: ["member-1", "member-2", "member-3"] }),
    ].map(({ outcome }) => outcome),
  ).toEqual(["valid", "valid", "valid", "valid"]);
});

test("ST2 convicts nobody where the group's members are not the writers, or its generations have a hole", () => {
  const zombie = [first, second, first];
  for (const owners of [[], ["client-1", "client-2"]]) {
    const finding = judged(zombie, { owners });
    expect(finding).toMatchObject({ outcome: "unknown", anomalies: [] });
    expect(finding.why).toContain("No generation of their group names member-1, member-2");
  }
  // One member alone has nobody to write after.
  expect(judged([first, first]).outcome).toBe("valid");
  const gaps = [{ what: "a torn file", topic: "__consumer_offsets", partition: 0, from: 0, to: 0 }];
  expect(judged(zombie, { owners: ["member-1", "member-2"], end: { gaps } }).outcome).toBe("unknown");
});

test("ST2 does not believe a header that names an incarnation which was never started", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  world.input(0, "a");
  const { session } = world.task(0);
  world.transact(0, { session: { ...session, incarnation: 99 } });
  world.input(0, "a");
  world.transact(0);
  expect(findingOf("ST2", world.finish()).outcome).toBe("valid");
});

test("ST2 leaves out what was aborted, and an old transaction's records that lie below the new owner's", () => {
  const world = new World();
  for (const owner of ["member-1", "member-2"]) world.generation({ [owner]: [0, 1] });
  const old = world.open(0, first);
  world.input(0, "a");
  world.transact(0);
  world.input(0, "b");
  const late = world.begin(0);
  late.send();
  const fresh = world.open(0, second);
  late.end("aborted");
  world.transact(0, { session: fresh });
  world.input(0, "c");
  world.transact(0, { session: old, outcome: "aborted" });
  world.transact(0, { session: fresh });
  expect(findingOf("ST2", world.finish()).outcome).toBe("valid");
});

test("ST2 has no subject at least once, and nothing to say of records that name no writer", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  const batches = world.finish();
  const plan = toyPlan({ guarantee: "at-least-once" });
  expect(findingOf("ST2", batches, { plan }).outcome).toBe("not-applicable");
  expect(findingOf("ST2", new World().finish()).outcome).toBe("idle");
  expect(findingOf("ST2", []).outcome).toBe("unknown");
});
