import type { Effect } from "../core/effects.ts";
import { correct, type Strategy } from "../core/strategy.ts";
import type { Version } from "../core/version.ts";
import { v1 } from "../versions/v1.ts";
import { v2 } from "../versions/v2.ts";
import type { Cluster } from "./cluster.ts";
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

/** Pairs are many: they begin with every third answer at most. */
const pairStrideMin = 3;
/** How many effects lie between the two injuries of a pair. */
const pairDistances = [1, 2, 3, 5, 7, 8, 13];

/** Columns: what goes wrong, after every single effect. `no fault` still has its orderly restart in the middle. */
export const faults = [
  "no fault",
  "crash",
  "stop",
  "takeover",
  "takeover and back",
  "answer lost, happened",
  "answer lost, did not happen",
  "answer lost, then a crash",
  "crash, then an answer lost",
  "crash, then a stop",
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
      for (const injuries of injuriesOf(cell.fault, effects, stride)) tryOut(cell, trial, task, injuries);
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
  const cluster = upstreamOf(pair);
  const sources = [0, 1].map((partition): Source => ({
    topic: "by-merchant",
    partition,
    log: cluster.log("by-merchant", partition),
  }));
  const { from, to, flagFrom } = pair;
  return { strategy, from, to, flagFrom, sources, tasks: [settlementTask] };
}

/** What a sound stage 1 left that was killed as soon as the first partition of its sink held records of two transactions. */
function upstreamOf(pair: VersionPair): Cluster {
  const upstream = velocityTrial(correct, pair);
  const [task = settlementTask] = upstream.tasks;
  const effects = runTrial(upstream, new Map()).effects.get(task) ?? [];
  const sends = effects.flatMap((kind, at) => (kind === "send" ? [at + 1] : []));
  for (const after of sends.slice(3)) {
    const { cluster } = runTrial(upstream, new Map([[task, [{ kind: "crash", after }]]]));
    const { records } = cluster.log("by-merchant", settlementTask.partition);
    if (records.some(({ transaction }) => transaction?.status === "aborted")) return cluster;
  }
  throw new Error("No crash of stage 1 leaves aborted records where stage 2 reads.");
}

/** What each trial of a column injures. */
function injuriesOf(
  fault: FaultName,
  effects: readonly Effect["kind"][],
  stride: number,
): readonly (readonly Injury[])[] {
  const numbers = effects.map((_, at) => at + 1).filter((number) => number % stride === 0);
  const asked = effects.flatMap((kind, at) => (answered.has(kind) ? [at + 1] : []));
  const lost = asked.filter((_, at) => (at + 1) % stride === 0);
  const firsts = asked.filter((_, at) => (at + 1) % Math.max(stride, pairStrideMin) === 0);
  switch (fault) {
    case "no fault":
      return [[]];
    case "crash":
      return numbers.map((after) => [{ kind: "crash", after }]);
    case "stop":
      return numbers.map((after) => [{ kind: "stop", after }]);
    case "takeover":
      return numbers.map((after) => [{ kind: "takeover", after }]);
    case "takeover and back":
      return numbers.map((after) => [{ kind: "takeover-and-back", after }]);
    case "answer lost, happened":
      return lost.map((at) => [{ kind: "answer-lost", at, effect: "happened" }]);
    case "answer lost, did not happen":
      return lost.map((at) => [{ kind: "answer-lost", at, effect: "not-happened" }]);
    case "answer lost, then a crash":
      return pairs(firsts, (at, later) => [
        { kind: "answer-lost", at, effect: at % 2 === 0 ? "happened" : "not-happened" },
        { kind: "crash", after: later },
      ]);
    case "crash, then an answer lost":
      return pairs(firsts, (after, later) => [
        { kind: "crash", after },
        { kind: "answer-lost", at: later, effect: after % 2 === 0 ? "happened" : "not-happened" },
      ]);
    case "crash, then a stop":
      return pairs(firsts, (after, later) => [
        { kind: "crash", after },
        { kind: "stop", after: later },
      ]);
    default:
      return fault satisfies never;
  }
}

function pairs(
  firsts: readonly number[],
  pairOf: (first: number, later: number) => readonly Injury[],
): readonly (readonly Injury[])[] {
  return firsts.flatMap((first) => pairDistances.map((distance) => pairOf(first, first + distance)));
}

function tryOut(cell: Cell, trial: Trial, task: TaskName, injuries: readonly Injury[]): void {
  const violated = violatedBy(trial, task, injuries);
  cell.trials += 1;
  if (violated.size === 0) return;
  cell.wrong += 1;
  for (const id of violated) cell.invariants.add(id);
  cell.firstWrong ??= `${task.stage}-${task.partition} ${JSON.stringify(injuries)}: ${[...violated].join(", ")}`;
}

/** A job that fails loudly, or does not get on, has violated LV1. */
function violatedBy(trial: Trial, task: TaskName, injuries: readonly Injury[]): ReadonlySet<string> {
  try {
    return judge(runTrial(trial, new Map([[task, injuries]])));
  } catch (error) {
    return new Set([`LV1 (${error instanceof Error ? error.message : String(error)})`]);
  }
}
