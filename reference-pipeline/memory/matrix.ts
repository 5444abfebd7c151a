import type { Effect } from "../core/effects.ts";
import type { Strategy } from "../core/strategy.ts";
import type { Version } from "../core/version.ts";
import { v1 } from "../versions/v1.ts";
import { v2 } from "../versions/v2.ts";
import { judge } from "./judge.ts";
import { answered } from "./life.ts";
import { paymentsLog } from "./payments.ts";
import { runTrial } from "./run-trial.ts";
import type { Injury, Source, TaskName, Trial } from "./trial.ts";

/** Releases of a trial: the one that begins, the one that every later start runs. */
export interface VersionPair {
  readonly name: string;
  readonly from: Version;
  readonly to: Version;
  readonly flagFrom: number | null;
}

/** Before finalise the flag is not active; within v2 it becomes active in the middle. */
export const versionPairs: readonly VersionPair[] = [
  { name: "v1", from: v1, to: v1, flagFrom: null },
  { name: "v2", from: v2, to: v2, flagFrom: 5 },
  { name: "v1→v2", from: v1, to: v2, flagFrom: null },
  { name: "v2→v1", from: v2, to: v1, flagFrom: null },
];

/** Columns: what goes wrong, after every single effect. `no fault` still has its orderly restart in the middle. */
export const faults = [
  "no fault",
  "crash",
  "takeover",
  "takeover and back",
  "answer lost, happened",
  "answer lost, did not happen",
] as const;
export type FaultName = (typeof faults)[number];

/** One cell of the table: so many trials, so many of them wrong, and the first that was. */
export interface Cell {
  readonly pair: VersionPair;
  readonly fault: FaultName;
  trials: number;
  wrong: number;
  readonly invariants: Set<string>;
  firstWrong: string | null;
}

const velocityTasks: readonly TaskName[] = [
  { stage: "velocity", partition: 0 },
  { stage: "velocity", partition: 1 },
];
const settlementTask: TaskName = { stage: "settlement", partition: 0 };
/** Every fault after every `stride`-th effect (every `stride`-th answer lost) of a task of each stage. */
export function fillCells(strategy: Strategy, pair: VersionPair, stride: number): readonly Cell[] {
  const cells = faults.map((fault): Cell => ({
    pair,
    fault,
    trials: 0,
    wrong: 0,
    invariants: new Set(),
    firstWrong: null,
  }));
  for (const trial of [velocityTrial(strategy, pair), settlementTrial(strategy, pair)]) {
    const task = trial.tasks[0] ?? settlementTask;
    const effects = runTrial(trial, new Map()).effects.get(task) ?? [];
    for (const cell of cells)
      for (const injury of injuriesOf(cell.fault, effects, stride)) tryOut(cell, trial, task, injury);
  }
  return cells;
}

/** Stage 1 alone, from the payments. */
export function velocityTrial(strategy: Strategy, { from, to, flagFrom }: VersionPair): Trial {
  const sources = [{ topic: "payments", partition: 0, log: paymentsLog() }];
  return { strategy, from, to, flagFrom, sources, tasks: velocityTasks };
}

/** Stage 2 alone, from what a stage 1 left that was killed with a transaction open: markers and aborted records. */
export function settlementTrial(strategy: Strategy, pair: VersionPair): Trial {
  const upstream = velocityTrial(strategy, pair);
  const whole = runTrial(upstream, new Map());
  const [task = settlementTask] = upstream.tasks;
  const sends = [...(whole.effects.get(task) ?? []).entries()].filter(([, kind]) => kind === "send");
  const after = (sends[3]?.[0] ?? 0) + 1;
  const { cluster } = runTrial(upstream, new Map([[task, [{ kind: "crash", after }]]]));
  const sources = [0, 1].map((partition): Source => ({
    topic: "by-merchant",
    partition,
    log: cluster.log("by-merchant", partition),
  }));
  const { from, to, flagFrom } = pair;
  return { strategy, from, to, flagFrom, sources, tasks: [settlementTask] };
}

function injuriesOf(fault: FaultName, effects: readonly Effect["kind"][], stride: number): readonly (Injury | null)[] {
  const numbers = effects.map((_, at) => at + 1).filter((number) => number % stride === 0);
  const asked = effects.flatMap((kind, at) => (answered.has(kind) ? [at + 1] : []));
  const lost = asked.filter((_, at) => (at + 1) % stride === 0);
  switch (fault) {
    case "no fault":
      return [null];
    case "crash":
      return numbers.map((after) => ({ kind: "crash", after }));
    case "takeover":
      return numbers.map((after) => ({ kind: "takeover", after }));
    case "takeover and back":
      return numbers.map((after) => ({ kind: "takeover-and-back", after }));
    case "answer lost, happened":
      return lost.map((at) => ({ kind: "answer-lost", at, effect: "happened" }));
    case "answer lost, did not happen":
      return lost.map((at) => ({ kind: "answer-lost", at, effect: "not-happened" }));
    default:
      return fault satisfies never;
  }
}

function tryOut(cell: Cell, trial: Trial, task: TaskName, injury: Injury | null): void {
  const violated = violatedBy(trial, task, injury);
  cell.trials += 1;
  if (violated.size === 0) return;
  cell.wrong += 1;
  for (const id of violated) cell.invariants.add(id);
  cell.firstWrong ??= `${task.stage}-${task.partition} ${JSON.stringify(injury)}: ${[...violated].join(", ")}`;
}

/** A job that fails loudly, or does not get on, has violated LV1. */
function violatedBy(trial: Trial, task: TaskName, injury: Injury | null): ReadonlySet<string> {
  try {
    return judge(runTrial(trial, new Map([[task, injury === null ? [] : [injury]]])));
  } catch (error) {
    return new Set([`LV1 (${error instanceof Error ? error.message : String(error)})`]);
  }
}
