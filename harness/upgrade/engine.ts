import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../base/deadline.ts";
import { RollproofError, type ErrorCode } from "../base/errors.ts";
import type { Plan } from "../model/plan.ts";
import { holdOn, sloOn } from "../model/profile.ts";
import { actFields, type Act } from "../model/program.ts";
import { orAlarm } from "./alarm.ts";
import type { GateView } from "./gates/view.ts";
import type { UpgradeJournal } from "./journal.ts";
import { escalation } from "./escalation.ts";
import { pass } from "./passing.ts";
import { giveUp, onTimeoutOf, plannedTurn, type GivenUp } from "./policy.ts";
import { holdSources, releaseSources } from "./sources.ts";
import { begunActs, nextAct } from "./state.ts";
import { createTakeDowns, type TakeDowns } from "./take-down.ts";
import type { Activate, ActWorld, FaultBarrier, Tell, UpgradeMembers } from "./world.ts";

export interface UpgradeOptions {
  readonly plan: Pick<Plan, "scenario">;
  /** All tasks of the pipeline, and whether it has checkpoints. */
  readonly pipeline: Pick<ActWorld, "tasks" | "checkpoints">;
  readonly journal: UpgradeJournal;
  readonly record: Tell;
  /** Of the whole history, and kept up with it by the caller. */
  readonly view: GateView;
  /** The run's clock, nanoseconds: that of the events. */
  readonly now: () => number;
  readonly members: UpgradeMembers;
  readonly faults: FaultBarrier;
  readonly activate: Activate;
  readonly signal: AbortSignal;
  readonly hostFactor: number;
}

/** `done`: all of the program is carried out; `rolled-back`: all of the way back. */
export type UpgradeOutcome =
  { readonly outcome: "done" } | { readonly outcome: "rolled-back" | "stopped"; readonly why: string };

/** Failures of what carries the members out, or of the coordinator: no gate of theirs. */
const notTheMembers: ReadonlySet<ErrorCode> = new Set(["defect", "environment-unavailable", "coordinator-fenced"]);
/** Longest wait for the first send. */
const timeZeroMs = 120_000;

interface World extends ActWorld {
  readonly options: UpgradeOptions;
  readonly takeDowns: TakeDowns;
}

/**
 * Carries out the journal's program, act by act; each is journalled before it begins and after it has settled. It waits for the first
 * send. What the journal and the view tell of is not done or told again, and clocks that run go on. Where an act takes too long, the policy
 * says whether the upgrade stops or is rolled back. Rejects with the signal's reason, for a defect, where the environment cannot do
 * what it is asked to, and when a newer coordinator has taken the upgrade over.
 */
export async function runUpgrade(options: UpgradeOptions): Promise<UpgradeOutcome> {
  const { plan, journal, signal, hostFactor } = options;
  // What an act has begun ends with the upgrade: a member that comes back later is nobody's to stop.
  const over = new AbortController();
  const world: ActWorld = {
    ...options,
    ...options.pipeline,
    gates: plan.scenario.gates,
    slo: sloOn(plan.scenario.upgrade, hostFactor),
    diskFreeMinMiB: plan.scenario.upgrade.preflight?.diskFreeMinMiB ?? 0,
    holds: holdOn(plan.scenario.upgrade, hostFactor),
    signal: AbortSignal.any([signal, over.signal]),
  };
  try {
    await takeUp(options);
    if (isNew(journal)) await firstMoment(options);
    return await carryOutAll({ ...world, options, takeDowns: createTakeDowns(world) });
  } catch (cause) {
    return await stop(whyLate(cause, signal), options);
  } finally {
    over.abort();
  }
}

/** The first send, and the scenario's time after it. */
async function firstMoment({ plan, view, now, signal, hostFactor }: UpgradeOptions): Promise<void> {
  const remedy = "Read the workload's events.";
  const wait = { what: "the first send", timeoutMs: timeZeroMs * hostFactor, everyMs: 10, signal, remedy };
  const zeroAt = await until(wait, () => view.progress.zeroAt ?? undefined);
  await sleep(Math.max(0, plan.scenario.upgrade.startAfterMs - msSince(zeroAt, now)), undefined, { signal });
}

function msSince(at: number, now: () => number): number {
  return (now() - at) / 1e6;
}

function isNew(journal: UpgradeJournal): boolean {
  const { settled, begun } = journal.state();
  return settled === 0 && !begun;
}

/** Tells who acts from now on. What the coordinator before wrote down last and did not tell is told now. */
async function takeUp(options: UpgradeOptions): Promise<void> {
  const { journal, record, view, now } = options;
  const { progress } = view;
  const { course, settled, begun, turn, stopped } = journal.state();
  record({ kind: "coordinator-began", epoch: journal.epoch, settled });
  const hasTurned = turn?.at === settled && !begun;
  const last = begun || (hasTurned && turn.isCut) ? undefined : course[settled - 1];
  if (last !== undefined && progress.settled !== last.id) {
    const tookMs = progress.act?.id === last.id ? Math.round(msSince(progress.act.began.at, now)) : 0;
    record({ kind: "upgrade-act-settled", ...actFields(last), tookMs });
  }
  if (hasTurned && !progress.hasTurned) record({ kind: "roll-back-began", act: turn.act, why: turn.why });
  if (stopped !== null) await tellStop(stopped, options);
}

/** Does what the journal's state asks for, until it asks for nothing. */
async function carryOutAll(world: World): Promise<UpgradeOutcome> {
  const { journal } = world.options;
  const { upgrade } = world.options.plan.scenario;
  for (;;) {
    const turn = plannedTurn(journal.state(), upgrade);
    const next = nextAct(journal.state());
    if (next.kind === "stopped") return { outcome: "stopped", why: next.why };
    if (next.kind === "done" && turn === null) return doneBy(journal);
    const given = turn ?? (next.kind === "act" ? await carryOut(next.act, next.resumed, world) : null);
    if (given?.kind === "stop") return await stop(given.why, world.options);
    if (given?.kind === "roll-back") await turnBack(given.why, world.options);
  }
}

/** What ends the way forward at once; null: nothing does. On the way back nothing does: what was found does not go away by stopping there. */
function alarmOf({ view, options }: World): string | null {
  return options.journal.state().turn === null ? view.levels.alarm : null;
}

function doneBy(journal: UpgradeJournal): UpgradeOutcome {
  const { turn } = journal.state();
  return turn === null ? { outcome: "done" } : { outcome: "rolled-back", why: turn.why };
}

/** Null: the act is settled; else what follows on its having taken too long. */
async function carryOut(act: Act, resumed: boolean, world: World): Promise<GivenUp | null> {
  const { journal, record } = world.options;
  const began = beganAt(act, world);
  if (!resumed) await journal.append({ kind: "act-began", act: act.id });
  record({ kind: "upgrade-act-began", ...actFields(act) });
  const given = await untilPassed(act, { resumed, began }, world);
  await releaseSources(act.id, world.options);
  if (given !== null) return given;
  await journal.append({ kind: "act-settled", act: act.id });
  const tookMs = Math.round(msSince(began, world.now));
  record({ kind: "upgrade-act-settled", ...actFields(act), tookMs });
  return null;
}

/** Null: the act is done, its gates let it pass, and its faults are in force; else what follows on its having taken too long. */
async function untilPassed(act: Act, begun: Begun, world: World): Promise<GivenUp | null> {
  const { journal, record, faults, plan } = world.options;
  const onTimeout = onTimeoutOf(journal.state(), plan.scenario.upgrade);
  const alarm = (): string | null => alarmOf(world);
  const late = await orAlarm(async () => await lateness(doOnce(act, begun, world), world), alarm);
  if (late !== null) return giveUp(late, onTimeout);
  const hold = async (why: string): Promise<void> => await holdSources(act.id, why, world.options);
  const decision = await pass(act, world, { record, onTimeout, alarm, hold });
  if (decision.kind !== "proceed") return decision;
  const why = await orAlarm(async () => await faults.settled(act.id).then(() => null), alarm);
  return why === null ? null : giveUp(why, onTimeout);
}

/** When the act began, be it with an earlier coordinator. */
function beganAt(act: Act, { view, now }: World): number {
  const { act: known } = view.progress;
  return known?.id === act.id ? known.began.at : now();
}

interface Begun {
  /** It was begun before: what it does may have been done. */
  readonly resumed: boolean;
  readonly began: number;
}

/** The deed itself. What is there already is not done again. */
async function doOnce(act: Act, { resumed, began }: Begun, world: World): Promise<void> {
  const { members, activate, takeDowns, signal, now } = world;
  switch (act.kind) {
    case "take-down":
      return await takeDowns.carryOut(act);
    case "bring-up":
      await Promise.all(
        act.members.map(async (member) => {
          if (!resumed || !(await isThere(member, act.version, members)))
            await members.start(member, act.version, signal);
        }),
      );
      return;
    case "dwell":
      await sleep(Math.max(0, act.forMs - msSince(began, now)), undefined, { signal });
      return;
    case "activate":
      return await activate(act.flag, act.epoch, signal);
    case "await":
    case "prepare":
      return; // the gates are all there is to it
    default:
      return act satisfies never;
  }
}

async function isThere(member: string, version: string, members: UpgradeMembers): Promise<boolean> {
  const look = await members.look(member);
  return look.version === version && look.state !== "gone";
}

/** Null: the members did it in time; else why they did not. */
async function lateness(deed: Promise<void>, { options: { signal } }: World): Promise<string | null> {
  try {
    await deed;
    return null;
  } catch (cause) {
    return whyLate(cause, signal);
  }
}

/** What the members failed to do; throws what was no failure of theirs. */
function whyLate(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted || !(cause instanceof RollproofError) || notTheMembers.has(cause.code)) throw cause;
  return cause.message;
}

async function turnBack(why: string, { journal, record }: UpgradeOptions): Promise<void> {
  const act = begunActs(journal.state()).at(-1)?.id ?? "";
  await journal.append({ kind: "roll-back-began", act, why });
  record({ kind: "roll-back-began", act, why });
}

async function stop(why: string, options: UpgradeOptions): Promise<UpgradeOutcome> {
  await options.journal.append({ kind: "stopped", why });
  await tellStop(why, options);
  return { outcome: "stopped", why };
}

/** Where the upgrade might have been rolled back, a person has to know how it stands. */
async function tellStop(why: string, { journal, record, members, view }: UpgradeOptions): Promise<void> {
  const { hasStopped, hasEscalated } = view.progress;
  if (!hasStopped) record({ kind: "upgrade-stopped", why });
  if (journal.state().ways.back !== undefined && !hasEscalated) record(await escalation(why, journal, members));
}
