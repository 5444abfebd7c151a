import { z } from "zod";
import type { HistoryEvent } from "../model/event.ts";
import type { GateSpec } from "../model/scenario.ts";

const tasksShape = z.array(
  z.object({
    stage: z.string(),
    partition: z.number(),
    state: z.string(),
    inputNext: z.number().nullable(),
    checkpointNext: z.number().nullable(),
  }),
);
const flagsShape = z.record(z.string(), z.unknown());

export interface Task {
  readonly stage: string;
  readonly partition: number;
  readonly state: string;
  readonly inputNext: number | null;
  readonly checkpointNext: number | null;
}

/** What a member's latest incarnation last said of itself. */
interface Health {
  readonly version: string;
  readonly ready: boolean;
  readonly tasks: readonly Task[];
  readonly activeFlags: ReadonlySet<string>;
}

interface MemberSeen {
  incarnation: number;
  running: boolean;
  listening: boolean;
  drained: boolean;
  health: Health | null;
}

interface LagSeen {
  readonly seq: number;
  readonly lag: number;
  readonly committedNext: number | null;
}

/** What the gates know: the latest of every gauge, folded over the one event stream. */
export interface GateView {
  readonly members: Map<string, MemberSeen>;
  /** By `<stage>-<partition>`. */
  readonly lags: Map<string, LagSeen>;
  /** Seq of the last event folded; -1 before the first. */
  lastSeq: number;
}

export function startView(): GateView {
  return { members: new Map(), lags: new Map(), lastSeq: -1 };
}

/** One more event; mutates the view. What an older incarnation says is not heard. */
export function foldView(view: GateView, event: HistoryEvent): void {
  view.lastSeq = event.seq;
  switch (event.kind) {
    case "process-started":
      seen(view, event.process, event.incarnation).running = true;
      return;
    case "process-ended":
      if (isLatest(view, event.process, event.incarnation))
        seen(view, event.process, event.incarnation).running = false;
      return;
    case "testimony":
      if (!isLatest(view, event.member, event.incarnation)) return;
      if (event.said === "listening") seen(view, event.member, event.incarnation).listening = true;
      if (event.said === "drained") seen(view, event.member, event.incarnation).drained = true;
      return;
    case "gauge-health":
      if (!isLatest(view, event.member, event.incarnation)) return;
      seen(view, event.member, event.incarnation).health = healthOf(event);
      return;
    case "gauge-lag":
      view.lags.set(`${event.stage}-${event.partition}`, {
        seq: event.seq,
        lag: event.lag,
        committedNext: event.committedNext,
      });
      return;
    default: // the gates look at nothing else
  }
}

/** The member's entry; a newer incarnation begins with a clean one. */
function seen(view: GateView, member: string, incarnation: number): MemberSeen {
  const old = view.members.get(member);
  if (old !== undefined && old.incarnation >= incarnation) return old;
  const fresh = { incarnation, running: true, listening: false, drained: false, health: null };
  view.members.set(member, fresh);
  return fresh;
}

function isLatest(view: GateView, member: string, incarnation: number): boolean {
  return incarnation >= (view.members.get(member)?.incarnation ?? 0);
}

function healthOf(event: HistoryEvent<"gauge-health">): Health | null {
  const tasks = tasksShape.safeParse(event.tasks);
  if (!tasks.success) return null;
  const flags = flagsShape.safeParse(event.flags);
  const active = Object.entries(flags.success ? flags.data : {}).filter(([, state]) => state === "active");
  return {
    version: event.version,
    ready: event.ready,
    tasks: tasks.data,
    activeFlags: new Set(active.map(([flag]) => flag)),
  };
}

/** Each gate answers null when it is met, else what is missing, in words for the message of a time-out. */
export type Missing = string | null;

/** The member runs the version, is ready, and every task of its is running. */
export function missingHealth(view: GateView, member: string, version: string): Missing {
  const known = view.members.get(member);
  if (known === undefined || !known.running) return `${member} is down`;
  const { health } = known;
  if (health === null) return `${member} has not told its health`;
  if (health.version !== version) return `${member} runs ${health.version}, not ${version}`;
  const slow = health.tasks.find((task) => task.state !== "running");
  if (slow !== undefined) return `${member}'s task ${slow.stage}-${slow.partition} is ${slow.state}`;
  return health.ready ? null : `${member} is not ready`;
}

/** Every task of the pipeline is held by exactly one living member, and running there. */
export function missingOwners(
  view: GateView,
  members: readonly string[],
  stages: readonly string[],
  partitions: number,
): Missing {
  for (const member of members) {
    const known = view.members.get(member);
    if (known === undefined || !known.running) return `${member} is down`;
    if (known.health === null) return `${member} has not told its health`;
  }
  const held = members.flatMap((member) => view.members.get(member)?.health?.tasks ?? []);
  for (const stage of stages)
    for (let partition = 0; partition < partitions; partition += 1) {
      const holders = held.filter((task) => task.stage === stage && task.partition === partition);
      if (holders.length !== 1) return `${stage}-${partition} has ${holders.length} owners`;
      if (holders[0]?.state !== "running") return `${stage}-${partition} is ${holders[0]?.state}`;
    }
  return null;
}

/** The member's tasks together lag by lagMax at most, all sampled after `since` (a seq). */
export function missingCatchUp(view: GateView, member: string, gates: GateSpec, since: number): Missing {
  const tasks = view.members.get(member)?.health?.tasks;
  if (tasks === undefined) return `${member} has not told its health`;
  let total = 0;
  for (const { stage, partition } of tasks) {
    const lag = view.lags.get(`${stage}-${partition}`);
    if (lag === undefined || lag.seq <= since) return `the lag of ${stage}-${partition} was not sampled`;
    total += lag.lag;
  }
  return total <= gates.lagMax ? null : `${member} lags by ${total} records, above ${gates.lagMax}`;
}

/** No task's newest checkpoint is older than checkpointLagMax input offsets behind the committed offset. */
export function missingCheckpoints(view: GateView, member: string, gates: GateSpec): Missing {
  for (const task of view.members.get(member)?.health?.tasks ?? []) {
    const name = `${task.stage}-${task.partition}`;
    const next = view.lags.get(name)?.committedNext ?? task.inputNext ?? 0;
    const behind = next - (task.checkpointNext ?? 0);
    if (behind > gates.checkpointLagMax)
      return `the checkpoint of ${name} is ${behind} offsets behind, above ${gates.checkpointLagMax}`;
  }
  return null;
}

/** Every member runs the version and shows the flag as active. */
export function missingFlag(view: GateView, members: readonly string[], version: string, flag: string): Missing {
  for (const member of members) {
    const missing = missingHealth(view, member, version);
    if (missing !== null) return missing;
    if (view.members.get(member)?.health?.activeFlags.has(flag) !== true)
      return `${member} does not show ${flag} active`;
  }
  return null;
}
