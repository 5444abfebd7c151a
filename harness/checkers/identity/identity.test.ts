import { expect, test } from "vitest";
import { plannedRecords } from "../../base/planned-records.ts";
import type { EventBody } from "../../model/event.ts";
import type { WorkloadGenerator } from "../../model/pipeline.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunInfo } from "../../model/verdict.ts";
import { World } from "../hand-written.fixture.ts";
import { recordsOf } from "../hand-written-records.fixture.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";
import { logBatchOf } from "./log-batch.fixture.ts";
import { beginIdentity, type IdentityContext } from "./identity.ts";
import { actBegan, rolling } from "../../program/program.fixture.ts";
import { carriedOut, cameBack, rollingBack } from "../../program/rolled-back.fixture.ts";

const digest = (character: string): string => character.repeat(64);

const run: RunInfo = {
  runId: "20260101-000000-00000001",
  startedAt: "2026-01-01T00:00:00.000Z",
  environment: "process",
  hostFactor: 1.5,
  versions: {
    tool: "0.1.0",
    kafka: "4.1.1",
    features: { "transaction.version": 2 },
    node: "24.0.0",
    planSha256: digest("a"),
    specificationSha256: digest("b"),
    pipeline: { v1: digest("1"), v2: digest("2") },
  },
  specificationPath: "toy.ts",
};
const started: Extract<EventBody, { kind: "run-started" }> = {
  kind: "run-started",
  runId: run.runId,
  startedAt: run.startedAt,
  tool: "0.1.0",
  node: "24.0.0",
  kafka: "4.1.1",
  features: { "transaction.version": 2 },
  environment: "process: asked for",
  hostFactor: 1.5,
  planSha256: digest("a"),
  specificationPath: "toy.ts",
  specificationSha256: digest("b"),
  pipeline: { v1: digest("1"), v2: digest("2") },
};
const member: EventBody = {
  kind: "process-started",
  process: "member-1",
  incarnation: 1,
  version: "v1",
  pid: 1,
  sha256: digest("1"),
};

const inputs = ["one", "two", "three", "four"];
const generator: WorkloadGenerator = {
  stream: "toy",
  topic: "in",
  *records() {
    for (const [i, value] of inputs.entries()) yield { topic: "in", partition: i % 2, key: "k", value };
  },
};
const shape = {
  inputs: inputs.length,
  partitions: 2,
  keys: 1,
  duplicatesPercent: 0,
  outOfOrderPercent: 0,
  latePercent: 0,
  hotKeysPercent: 0,
};
const program = rolling(["member-1"]);
const plan = { ...toyPlan(), program };
const elsewhere = rolling(["member-2"]);

type Step = EventBody | { readonly log: number; readonly at: number; readonly values: readonly string[] };

/** What the identity of these events and records is found to lack. */
function reasonsOf(
  steps: readonly Step[],
  { complete = true, ...change }: Partial<IdentityContext> & { readonly complete?: boolean } = {},
): readonly string[] {
  const planned = plannedRecords({ ...toyDescription, workload: generator }, "1", shape);
  const identity = beginIdentity({ plan, run, planned, folders: [], ...change });
  const world = new World();
  for (const step of steps)
    if ("kind" in step) world.event(step);
    else
      world.batches.push({
        kind: "log",
        batch: logBatchOf(
          recordsOf(
            { topic: "in", partition: step.log },
            step.values.map((value) => ({ key: "k", value, cause: null })),
            step.values.map((_, i) => step.at + i),
            null,
          ),
        ),
      });
  for (const batch of world.batches) identity.step(batch);
  identity.step({ kind: "end", end: { complete, gaps: [], committed: new Map(), partitions: [], generations: [] } });
  return identity.finish().reasons;
}

/** A send is invoked at event `seq`; numbers are those of the stream. */
function send(partition: number, index: number, seq: number, baseOffset: number): readonly EventBody[] {
  return [
    { kind: "send-invoked", stream: "toy", topic: "in", partition, indexes: [[index, index]], count: 1 },
    { kind: "send-ok", invoked: seq, baseOffset },
  ];
}

test("a run whose files agree is one run", () => {
  expect(
    reasonsOf([started, member, actBegan(program, "ready before member-1"), actBegan(program, "drain of member-1")], {
      folders: [
        { member: "member-1", incarnation: null },
        { member: "member-1", incarnation: 1 },
      ],
    }),
  ).toEqual([]);
});

test.each<[string, Partial<typeof started>, string]>([
  ["another run id", { runId: "x" }, `The history's run-started gives the run id "x", run.json "${run.runId}".`],
  ["another plan", { planSha256: "c" }, "gives the plan digest"],
  ["another specification", { specificationSha256: null }, "gives the specification digest null"],
  ["another specification file", { specificationPath: null }, "gives the specification null"],
  ["another host factor", { hostFactor: 1 }, "The history's run-started gives the host factor 1, run.json 1.5."],
  ["another Kafka", { kafka: "3.9.1" }, 'gives the Kafka version "3.9.1"'],
  ["another feature level", { features: { "transaction.version": 1 } }, 'gives the level of "transaction.version" 1'],
  ["a feature level fewer", { features: {} }, 'gives the level of "transaction.version" nothing'],
  ["another start", { startedAt: "2026-01-01T00:00:01.000Z" }, "gives the start"],
  ["another Node.js", { node: "24.0.1" }, 'gives the Node.js version "24.0.1"'],
  ["another rollproof", { tool: "0.2.0" }, 'gives the rollproof version "0.2.0"'],
  ["another environment", { environment: "docker: asked for" }, 'gives the environment "docker"'],
  ["another digest of a version", { pipeline: { v1: digest("1"), v2: digest("3") } }, 'digest of version "v2"'],
  ["one version fewer", { pipeline: { v1: digest("1") } }, 'digest of version "v2" nothing'],
  ["one version more", { pipeline: { ...run.versions.pipeline, v3: digest("3") } }, 'digest of version "v3"'],
])("a history of %s is named", (_, change, reason) => {
  expect(reasonsOf([{ ...started, ...change }])).toEqual([expect.stringContaining(reason)]);
});

test("no field of run.json can differ unnoticed", () => {
  expect(reasonsOf([started])).toEqual([]);
  expect(othersOf(run).length).toBeGreaterThanOrEqual(12);
  for (const other of othersOf(run))
    expect(reasonsOf([started], { run: other }), JSON.stringify(other)).not.toEqual([]);
});

/** The run with one of its texts or numbers changed, for each of them. */
function othersOf(original: RunInfo): readonly RunInfo[] {
  const count = leavesOf(original).length;
  return Array.from({ length: count }, (_, i) => {
    const other = structuredClone(original);
    leavesOf(other)[i]?.();
    return other;
  });
}

/** Each changes one of them in place. */
function leavesOf(value: object): readonly (() => void)[] {
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) => {
    if (typeof part === "object" && part !== null) return leavesOf(part);
    return [() => void Reflect.set(value, name, typeof part === "number" ? part + 1 : "another")];
  });
}

test("a run at feature levels that its plan does not ask for is named", () => {
  const asking = (features: Readonly<Record<string, number>>): readonly string[] =>
    reasonsOf([started], { plan: { ...plan, scenario: { ...plan.scenario, features } } });
  expect(asking({ "transaction.version": 2, "group.version": 0 })).toEqual([]);
  expect(asking({ "transaction.version": 1, "group.version": 1 })).toEqual([
    'The plan asks for "transaction.version" at level 1, the brokers had 2.',
    'The plan asks for "group.version" at level 1, the brokers had 0.',
  ]);
});

test("a history that does not say which run it is of is of none, and one that says it twice of more than one", () => {
  expect(reasonsOf([])).toEqual([expect.stringContaining("no run-started event")]);
  expect(reasonsOf([started, started])).toEqual([expect.stringContaining("2 run-started events")]);
});

test.each([0, 0.99, 4.01, 150])("a host factor of %s is never measured", (hostFactor) => {
  expect(reasonsOf([{ ...started, hostFactor }], { run: { ...run, hostFactor } })).toEqual([
    expect.stringContaining(`The host factor ${hostFactor} was not measured`),
  ]);
});

test.each<[string, EventBody, string]>([
  ["a member that the plan lacks", { ...member, process: "member-99" }, 'started "member-99"'],
  ["a version that was not hashed", { ...member, version: "v3" }, 'at version "v3", of which run.json has no digest'],
  ["other sources of a version", { ...member, sha256: digest("9") }, 'version "v1" with the digest 999'],
  ["another act", actBegan(elsewhere, "drain of member-2"), 'The plan has no act "drain of member-2"'],
  [
    "an act at another version",
    { ...actBegan(program, "ready before member-1"), version: "v3" },
    "The act ready before member-1 of the history is not as the plan has it.",
  ],
  [
    "an act out of its turn",
    actBegan(program, "start of member-1"),
    "The act start of member-1 of the history began where the plan has ready before member-1.",
  ],
  [
    "a fault that is not planned",
    { kind: "fault-planned", fault: "fault-1", faultKind: "pause", target: "member-1", trigger: null },
    'The plan has no "fault-1"',
  ],
])("a history with %s is named", (_, event, reason) => {
  expect(reasonsOf([started, event])).toEqual([expect.stringContaining(reason)]);
});

test("folders of members that the history did not start are named", () => {
  const folders = [
    { member: "member-1", incarnation: null },
    { member: "member-1", incarnation: 2 }, // of a start that failed
    { member: "member-1", incarnation: 3 },
    { member: "member-7", incarnation: null },
  ];
  expect(reasonsOf([started, member], { folders })).toEqual([
    'The history started no process for "members/member-1/3", "members/member-7".',
  ]);
});

test("a history that was cut off or damaged accuses no files of members: their starts may be what it lost", () => {
  const folders = [{ member: "member-7", incarnation: null }];
  const copied: EventBody = {
    kind: "disk-copied",
    member: "member-1",
    incarnation: 2,
    path: "members/member-1/2/disk",
    files: 0,
    bytes: 0,
    list: [],
    left: [],
    leftCount: 0,
  };
  const other: EventBody = { ...started, runId: "another" };
  expect(reasonsOf([started, member, copied], { folders }).length).toBe(2);
  expect(reasonsOf([started, member, copied], { folders, complete: false })).toEqual([]);
  expect(reasonsOf([other, member], { folders, complete: false })).toEqual([expect.stringContaining("run id")]);
});

test("acknowledged records that are the planned ones are in order, whether acknowledged before they are read or after", () => {
  expect(
    reasonsOf([
      started,
      ...send(0, 0, 1, 0),
      { log: 0, at: 0, values: ["one"] },
      { log: 1, at: 0, values: ["two"] },
      ...send(1, 1, 3, 0),
    ]),
  ).toEqual([]);
});

test("an acknowledged record that is not the planned one is named by its place", () => {
  const other = "1 records of in-0 are not those that the plan sends, in-0@0 the first";
  expect(reasonsOf([started, ...send(0, 0, 1, 0), { log: 0, at: 0, values: ["three"] }])).toEqual([
    expect.stringContaining(other),
  ]);
  expect(reasonsOf([started, { log: 0, at: 0, values: ["One"] }, ...send(0, 0, 1, 0)])).toEqual([
    expect.stringContaining(other),
  ]);
});

test("a record that nobody acknowledged is not compared: it may be another's", () => {
  expect(
    reasonsOf([
      started,
      { kind: "send-invoked", stream: "toy", topic: "in", partition: 0, indexes: [[0, 0]], count: 1 },
      { kind: "send-info", invoked: 1, why: "no answer" },
      { log: 0, at: 0, values: ["three"] },
    ]),
  ).toEqual([]);
});

test("a rollback is the plan's when it turns back where the plan lets it, and carries out the way back from there", () => {
  const back = rollingBack(plan, ["member-1"], { onGateTimeout: "roll-back" });
  const turn = "start of member-1";
  const { program: acts } = back;
  const told = carriedOut(acts.slice(0, acts.findIndex(({ id }) => id === turn) + 1));
  const turned = (act: string): EventBody => ({ kind: "roll-back-began", act, why: "" });
  const way = cameBack(back, turn);
  const reasons = (events: readonly EventBody[], of: Plan = back) => reasonsOf([started, ...events], { plan: of });
  expect(reasons([...told, turned(turn), turned(turn), ...way])).toEqual([]);
  expect(reasons([...told, turned("stop of member-1")])).toEqual([
    'The upgrade of the history turned back in "stop of member-1" where start of member-1 was the last to begin.',
  ]);
  expect(reasons([...told, turned(turn), ...way.slice(3)])[0]).toMatch(
    /^The act drain back of member-1 of the history began where the plan has ready before member-1 goes back/u,
  );
  const planned = rollingBack(plan, ["member-1"], { rollBackAfter: "gate of member-1" });
  for (const of of [planned, { ...plan, program: acts }])
    expect(reasons([...told, turned(turn)], of)).toEqual([
      'The upgrade of the history turned back in "start of member-1", and the plan does not let it.',
    ]);
});
