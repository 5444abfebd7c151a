import { runNanos, seq, type RunNanos } from "../model/brand.ts";
import type { EventBody, EventKind, HistoryEvent } from "../model/event.ts";
import { commitKey, type EvidenceBatch, type OffsetCommit } from "../model/evidence.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { tasksOf } from "../model/tasks.ts";
import type { Session } from "./hand-written-records.fixture.ts";
import { toyPlan } from "./toy-pipeline.fixture.ts";
import { endsStep, type Program } from "../model/program.ts";
import { possibleActs } from "../model/way-back.ts";
import { actBegan, actPassed, actSettled, rolling } from "../program/program.fixture.ts";

/** What a test has written of a run. */
interface Written {
  readonly batches: readonly EvidenceBatch[];
  readonly logs: readonly { readonly topic: string; readonly partition: number; readonly next: number }[];
  readonly committed: ReadonlyMap<string, OffsetCommit>;
  /** Who wrote something. */
  readonly sessions: readonly Session[];
}

interface Orderly {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly written: Written;
  /** When the last written event was, nanoseconds from the first send. */
  readonly endsAt: number;
}

/** Of which run the history is, and what is left out of it. */
export interface Around {
  readonly plan?: Plan;
  readonly without?: readonly EventKind[];
}

type Timed = EventBody & { readonly at: RunNanos };

const everyNanos = 1e9;

/** Numbers below 0 are those of what comes before anything that a test writes. */
const seqsBefore = 100_000;

/**
 * The events around what was written that make it an orderly run's. Faults are injected and acts begun, but neither proven nor
 * settled.
 */
export function orderlyRun(
  of: Omit<Orderly, "plan">,
  { plan = toyPlan(), without = [] }: Around,
): { readonly before: readonly HistoryEvent[]; readonly after: readonly EventBody[] } {
  const { before, after } = everythingOf({ ...of, plan });
  const written = new Set(
    of.written.batches.flatMap((batch) => (batch.kind === "event" ? [identityOf(batch.event)] : [])),
  );
  const isWanted = (body: EventBody): boolean => !without.includes(body.kind) && !written.has(identityOf(body));
  return {
    before: before.filter(isWanted).map((event, i) => ({ ...event, seq: seq(i - seqsBefore) })),
    after: after.filter(isWanted),
  };
}

function everythingOf(of: Orderly): { readonly before: readonly Timed[]; readonly after: readonly EventBody[] } {
  const { plan, endsAt } = of;
  const at = (body: EventBody, nanos = 0): Timed => ({ ...body, at: runNanos(nanos) });
  const samples = Array.from({ length: Math.ceil((endsAt + 1) / everyNanos) }, (_, i) =>
    gauges().map((body) => at(body, i * everyNanos)),
  );
  return {
    before: [
      at({ kind: "run-phase", phase: "boot" }),
      at({
        kind: "run-started",
        runId: "run",
        startedAt: "2026-01-01T00:00:00.000Z",
        tool: "0",
        node: "24.0.0",
        kafka: "4",
        features: null,
        environment: "process",
        hostFactor: 1,
        planSha256: "0",
        specificationPath: null,
        specificationSha256: null,
        pipeline: null,
      }),
      ...plan.scenario.brokers.map((_, i) => at(started(`broker-${i + 1}`, 1, "4"))),
      at({ kind: "run-phase", phase: "warm-up" }),
      at({ kind: "tail-started", partitions: of.written.logs.map(({ topic, partition }) => `${topic}-${partition}`) }),
      ...lives(of).map((body) => at(body)),
      ...[...livesOf(of)].flatMap(([member, [version = ""]]) => heard(member, version).map((body) => at(body))),
      ...plan.faults.map(({ id, kind, target }) =>
        at({ kind: "fault-planned", fault: id, faultKind: kind, target, trigger: null }),
      ),
      at({ kind: "run-phase", phase: "load" }),
      at({ kind: "time-zero" }),
      ...plan.faults.flatMap(({ id, kind, target }) => [
        at({ kind: "fault-journalled", fault: id, targets: [target], undo: null }),
        at({ kind: "fault-applied", fault: id, faultKind: kind, targets: [target] }),
      ]),
      ...acts(plan).map((body) => at(body)),
      ...samples.flat(),
    ],
    after: ending(of),
  };
}

/** An orderly run's event is left out where a test writes one of the same identity: the same, or what happened instead. */
function identityOf(body: EventBody): string {
  switch (body.kind) {
    case "run-phase":
      return `${body.kind} ${body.phase}`;
    case "process-started":
    case "process-ended":
      return `${body.kind} ${body.process}`;
    case "upgrade-act-began":
    case "upgrade-act-settled":
      return `${body.kind} ${body.act}`;
    case "gate-read":
      return `${body.kind} ${body.act} ${body.gate}`;
    case "testimony":
    case "gauge-health":
      return `${body.kind} ${body.member}`;
    case "disk-copied":
    case "disk-copy-failed":
      return `disk-copied ${body.member}`;
    case "offset-fetched":
      return `${body.kind} ${body.topic}-${body.partition}`;
    case "tail-settled":
    case "tail-failed":
      return `tail-settled ${body.topic}-${body.partition}`;
    case "gauge-lag":
      return `${body.kind} ${body.stage}-${body.partition}`;
    case "drained":
    case "drain-failed":
      return "drained";
    default:
      return body.kind;
  }
}

/** Member → versions of its incarnations: each of the plan at its first version, and who wrote something. */
function livesOf({ plan, written }: Orderly): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (let i = 1; i <= plan.scenario.members; i += 1) all.set(`member-${i}`, [plan.scenario.from]);
  for (const { member, incarnation, version } of written.sessions) {
    const versions = all.get(member) ?? [];
    for (let i = versions.length; i < incarnation; i += 1) versions.push(version);
    versions[incarnation - 1] = version;
    all.set(member, versions);
  }
  for (const act of courseOf(plan))
    for (const member of act.kind === "bring-up" ? act.members : [])
      if (act.kind === "bring-up" && !isLast(all.get(member), act.version, plan.program))
        all.get(member)?.push(act.version);
  return all;
}

/** What is carried out: the program, or up to where the plan turns back and the way back from there. */
function courseOf(plan: Plan): Program {
  const { rollBackAfter } = plan.scenario.upgrade;
  return rollBackAfter === undefined ? plan.program : possibleActs(plan, rollBackAfter);
}

/** On the way forward a version that a test has written of is not started again; on the way back it is. */
function isLast(versions: readonly string[] | undefined, version: string, program: Program): boolean {
  const isForward = program.some((act) => act.kind === "bring-up" && act.version === version);
  return versions === undefined || (isForward ? versions.includes(version) : versions.at(-1) === version);
}

function ending(of: Orderly): readonly EventBody[] {
  const { plan, description, written } = of;
  const tasks = tasksOf(description, description.topics(plan.scenario.workload.partitions)).all;
  return [
    ...plan.faults.map(({ id }): EventBody => ({ kind: "fault-healed", fault: id })),
    ...(plan.program.length > 0 ? [{ kind: "run-phase" as const, phase: "finalise" }] : []),
    { kind: "run-phase", phase: "heal" },
    { kind: "faults-over" },
    { kind: "run-phase", phase: "drain" },
    ...tasks.map(({ stage, partition }): EventBody => ({
      kind: "gauge-lag",
      stage,
      partition,
      committedNext: null,
      lag: 0,
    })),
    { kind: "drained" },
    ...[...livesOf(of)].flatMap(([member, versions]) => ended(member, versions.length)),
    { kind: "run-phase", phase: "final-read" },
    ...written.logs.map(({ topic, partition, next }): EventBody => ({
      kind: "tail-settled",
      topic,
      partition,
      position: next,
      logEnd: next,
      lastStableOffset: next,
    })),
    ...tasks.flatMap(({ group, reads }) =>
      reads.map(({ topic, partition }): EventBody => ({
        kind: "offset-fetched",
        group,
        topic,
        partition,
        nextOffset: written.committed.get(commitKey(group, topic, partition))?.nextOffset ?? null,
      })),
    ),
    { kind: "run-ended", events: 0, frames: 0, sha256: "0" },
  ];
}

/** Each incarnation but the last is taken down by a step, and the next one started. */
function lives(of: Orderly): readonly EventBody[] {
  return [...livesOf(of)].flatMap(([member, versions]) =>
    versions.flatMap((version, i): EventBody[] => [
      ...(i === 0 ? [] : takenDown(member, i)),
      started(member, i + 1, version),
    ]),
  );
}

function takenDown(member: string, incarnation: number): readonly EventBody[] {
  const of = rolling([member]);
  const life = { act: `stop of ${member}, life ${incarnation}`, step: null };
  return [
    { ...actBegan(of, `stop of ${member}`), ...life },
    ...ended(member, incarnation),
    { ...actSettled(of, `stop of ${member}`), ...life },
  ];
}

/**
 * Every act up to the activation begins and its gates let it pass; those that end a replacement do not settle. The activation
 * itself is told by the test: what lies before it is judged by its place.
 */
function acts(plan: Plan): readonly EventBody[] {
  const { rollBackAfter } = plan.scenario.upgrade;
  if (plan.program.length === 0) return [];
  const program = courseOf(plan);
  const own = program.flatMap((act): EventBody[] => {
    const turn: EventBody[] =
      act.id === rollBackAfter ? [{ kind: "roll-back-began", act: act.id, why: "The plan rolls back." }] : [];
    if (act.kind === "activate") return turn;
    // Of a roll that turns back the test tells how far it comes by its last act alone.
    const isOpen = rollBackAfter === undefined ? endsStep(act) : act === program.at(-1);
    return [...actPassed(program, act.id), ...(isOpen ? [] : [actSettled(program, act.id)]), ...turn];
  });
  return [{ kind: "coordinator-began", epoch: 1, settled: 0 }, { kind: "run-phase", phase: "roll" }, ...own];
}

function started(process: string, incarnation: number, version: string): EventBody {
  const sha256 = process.startsWith("member-") ? `sources of ${version}` : null;
  return { kind: "process-started", process, incarnation, version, pid: 1, sha256 };
}

function ended(member: string, incarnation: number): readonly EventBody[] {
  return [
    { kind: "process-ended", process: member, incarnation, code: 0, signal: null, cause: "asked" },
    {
      kind: "disk-copied",
      member,
      incarnation,
      path: `members/${member}/${incarnation}/disk`,
      files: 0,
      bytes: 0,
      list: [],
      left: [],
      leftCount: 0,
    },
  ];
}

function heard(member: string, version: string): readonly EventBody[] {
  return [
    { kind: "testimony", member, incarnation: 1, said: "listening", task: null, body: { port: 1 } },
    { kind: "gauge-health", member, incarnation: 1, version, ready: true, flags: {}, tasks: [] },
  ];
}

function gauges(): readonly EventBody[] {
  return [
    { kind: "gauge-loop-delay", process: "harness", maxMs: 1, meanMs: 1 },
    { kind: "gauge-host", foreignCpus: 0, cpus: 2 },
  ];
}
