import { expect, test } from "vitest";
import { offset, partition, seq } from "../../model/brand.ts";
import type { CheckerContext, Finding } from "../../model/finding.ts";
import type { GatedFormats, PipelineDescription } from "../../model/pipeline.ts";
import type { Plan } from "../../model/plan.ts";
import { beginChecks } from "../run.ts";
import { World, type Draft } from "../hand-written.fixture.ts";
import { toyContext, toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";
import { actBegan, actSettled, rolling } from "../../program/program.fixture.ts";

const gated: GatedFormats = {
  outputs: { before: ["1"], after: ["2"] },
  states: { before: ["1", "2"], after: [] },
};

const rolled = rolling(["member-1"], "v2", "f");

function plan(finalise = true, program = finalise ? rolled : rolling(["member-1"])): Plan {
  const { scenario } = toyPlan();
  return { ...toyPlan({ upgrade: { ...scenario.upgrade, finalise } }), program };
}

function description(formats: GatedFormats | undefined = gated): PipelineDescription {
  return { ...toyDescription, activate: { topic: "flags", flag: "f", ...(formats !== undefined && { formats }) } };
}

/** The flag's record as the tail reads it. */
function activated(world: World, record: unknown = { flag: "f", state: "active", epoch: 1 }): void {
  const at = world.event({ kind: "gauge-host", foreignCpus: 0, cpus: 2 });
  const bytes = new TextEncoder().encode(JSON.stringify(record));
  const next = world.batches.filter((batch) => batch.kind === "log" && batch.batch.topic === "flags").length;
  world.batches.push({
    kind: "log",
    batch: {
      seq: seq(at),
      topic: "flags",
      partition: partition(0),
      highWatermark: offset(next + 1),
      lastStableOffset: offset(next + 1),
      baseOffset: offset(next),
      lastOffset: offset(next),
      transactional: false,
      control: false,
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 0,
      leaderEpoch: 0,
      count: 1,
      offsets: Float64Array.of(next),
      timestamps: Float64Array.of(0),
      keyAt: Int32Array.of(0, -1),
      valueAt: Int32Array.of(0, bytes.length),
      headersAt: Int32Array.of(0, -1),
      bytes,
    },
  });
}

const finalises = (world: World): number => world.event(actBegan(rolled, "activate f"));

/** One input and its transaction, its output in format 2 where `isNew`; headers claim what the version writes by default. */
function work(world: World, isNew: boolean): void {
  world.input(0, "a");
  world.transact(0, { edit: (draft) => inFormat(draft, isNew) });
}

function inFormat(draft: Draft, isNew: boolean): void {
  draft.outputs = draft.outputs.map((row) => ({
    ...row,
    value: row.value === null ? null : `${isNew ? "n=" : ""}${row.value.replace("n=", "")}`,
  }));
}

function judge(world: World, change: Partial<CheckerContext> = {}): Finding {
  const context = toyContext({ plan: plan(), description: description(), ...change });
  const checks = beginChecks(context);
  world.nextOf("flags", 0);
  for (const batch of world.finish({}, { plan: context.plan })) checks.step(batch);
  const finding = checks.finish().find(({ invariant }) => invariant === "UP5");
  if (finding === undefined) throw new Error("UP5 is not checked.");
  return finding;
}

test("an output in the new format before the activation convicts by its bytes, whatever its header claims", () => {
  const world = new World();
  work(world, false);
  work(world, true); // by v1, if its header were believed: format 1
  const began = finalises(world);
  activated(world);
  work(world, true);
  const finding = judge(world);
  expect(finding).toMatchObject({ outcome: "invalid", examined: 2 });
  expect(finding.anomalies).toEqual([
    {
      invariant: "UP5",
      sentence:
        "A record of out-0 is in format 2, which waits for the flag f, and was written before the flag was active.",
      expected: "format 1",
      actual: "format 2",
      evidence: ["r:out-0@2", `e:${began}`],
      restsOn: [
        { ledger: "log", partition: "out-0", from: 2, to: 2, claims: "presence" },
        { ledger: "decided log", partition: "in-0", from: 0, to: 1, claims: "absence" },
      ],
      firstBadCommit: "r:__transaction_state-0@2",
      task: null,
      seq: expect.any(Number),
      more: 0,
    },
  ]);
});

test("a mixed roll that writes the old format until the activation, and either after it, is valid", () => {
  const world = new World();
  work(world, false);
  world.open(0, { version: "v2", incarnation: 2 });
  work(world, false);
  finalises(world);
  work(world, true); // read before the activation was: there is no order between logs
  activated(world, { flag: "other", state: "active", epoch: 1 });
  activated(world, { flag: "f", state: "prepared", epoch: 1 });
  activated(world);
  work(world, false);
  work(world, true);
  world.event(actSettled(rolled, "activate f"));
  expect(judge(world)).toMatchObject({ outcome: "valid", examined: 2 });
});

test("without finalise the new format may never be written", () => {
  const world = new World();
  work(world, false);
  work(world, true);
  expect(judge(world, { plan: plan(false) })).toMatchObject({ outcome: "invalid", examined: 2 });
});

test("an activation that nobody but the pipeline can have written convicts", () => {
  const early = new World();
  work(early, false);
  activated(early);
  finalises(early);
  expect(judge(early).anomalies).toMatchObject([
    {
      sentence: "The flag f was active in the log before the upgrade activated it.",
      evidence: ["r:flags-0@0", expect.any(String)],
    },
  ]);
  const unasked = new World();
  work(unasked, false);
  activated(unasked);
  expect(judge(unasked, { plan: plan(false) }).outcome).toBe("invalid");
});

test("an activation of which the harness's own word is missing is a doubt about the evidence", () => {
  const world = new World();
  work(world, false);
  activated(world);
  work(world, true);
  const finding = judge(world);
  expect(finding).toMatchObject({ outcome: "unknown", anomalies: [] });
  expect(finding.why).toContain("no event says that the harness began to activate it");
});

test("the new format without an activation in a log that was read to its end convicts; a hole there is a doubt", () => {
  const world = (): World => {
    const made = new World();
    work(made, false);
    finalises(made);
    work(made, true);
    return made;
  };
  expect(judge(world()).anomalies).toMatchObject([
    {
      sentence: "A record of out-0 is in format 2, which waits for the flag f, and no activation is in flags.",
      restsOn: [{ partition: "out-0" }, { partition: "flags-*", claims: "absence" }],
    },
  ]);
  const torn = world();
  torn.event({ kind: "tail-gap", topic: "flags", partition: 0, from: 0, to: 1 });
  expect(judge(torn)).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("a hole in the source log below the cause takes the conviction back", () => {
  const world = new World();
  work(world, true);
  finalises(world);
  activated(world);
  world.event({ kind: "tail-gap", topic: "in", partition: 0, from: 0, to: 1 });
  expect(judge(world)).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("a state in a schema that waits convicts, one that does not is no matter", () => {
  const roll = (): World => {
    const world = new World();
    world.open(0, { version: "v2", incarnation: 2 }); // it writes schema 2
    work(world, false);
    finalises(world);
    activated(world);
    return world;
  };
  const waits = description({ ...gated, states: { before: ["1"], after: ["2"] } });
  expect(judge(roll(), { description: waits }).anomalies).toMatchObject([
    { sentence: expect.stringContaining("count-log-0 is in schema 2"), expected: "schema 1" },
  ]);
  expect(judge(roll()).outcome).toBe("valid");
});

test("a wrong value is in no format and EO4's matter; an output of which f knows no cause is a doubt", () => {
  const wrong = new World();
  wrong.input(0, "a");
  wrong.transact(0, { edit: (draft) => (draft.outputs = draft.outputs.map((row) => ({ ...row, value: "n=77" }))) });
  finalises(wrong);
  activated(wrong);
  expect(judge(wrong)).toMatchObject({ outcome: "valid", examined: 1 });
  const nameless = new World();
  nameless.input(0, "a");
  nameless.transact(0, { edit: (draft) => (draft.outputs = draft.outputs.map((row) => ({ ...row, cause: null }))) });
  finalises(nameless);
  activated(nameless);
  expect(judge(nameless)).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("a pipeline without a flag and a run without an upgrade have no such subject; unnamed formats leave it idle", () => {
  const world = (): World => {
    const made = new World();
    work(made, true);
    return made;
  };
  expect(judge(world(), { description: toyDescription }).outcome).toBe("not-applicable");
  expect(judge(world(), { plan: plan(true, []) }).outcome).toBe("not-applicable");
  const { formats: _, ...activate } = description().activate ?? { topic: "flags", flag: "f" };
  expect(judge(world(), { description: { ...toyDescription, activate }, plan: plan(false) }).outcome).toBe("idle");
  expect(judge(new World(), { plan: plan(false) }).outcome).toBe("idle");
});
