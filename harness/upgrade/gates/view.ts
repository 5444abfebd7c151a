import { z } from "zod";
import type { HistoryEvent } from "../../model/event.ts";
import { beginLevels, foldLevels, type Levels } from "./levels.ts";
import { beginProgress, foldProgress, type Progress } from "./progress.ts";

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

/**
 * What every gate reads: the latest of every gauge, folded over the one event stream. It outlives a coordinator, so that the next one knows
 * what the one before knew; plain data, which can be handed to another process.
 */
export interface GateView {
  readonly members: Map<string, MemberSeen>;
  /** By `<stage>-<partition>`. */
  readonly lags: Map<string, LagSeen>;
  /** Faults that stop members where they stand → those members. */
  readonly pauses: Map<string, readonly string[]>;
  /** Faults from their injection to the proof of their healing, or its failure → their targets. */
  readonly injuries: Map<string, readonly string[]>;
  /** Seq of the last event folded; -1 before the first. */
  lastSeq: number;
  /** The latest look at the disks; null: there was none. */
  disk: HistoryEvent<"gauge-disk"> | null;
  readonly levels: Levels;
  readonly progress: Progress;
}

export function beginView(): GateView {
  return {
    members: new Map(),
    lags: new Map(),
    pauses: new Map(),
    injuries: new Map(),
    lastSeq: -1,
    disk: null,
    levels: beginLevels(),
    progress: beginProgress(),
  };
}

/** One more event; mutates the view. What an older incarnation says is not heard. */
export function foldView(view: GateView, event: HistoryEvent): void {
  view.lastSeq = event.seq;
  foldLevels(view.levels, event);
  foldProgress(view.progress, event);
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
    case "gauge-disk":
      view.disk = event;
      return;
    case "fault-applied":
      view.injuries.set(event.fault, event.targets);
      if (event.faultKind === "pause") view.pauses.set(event.fault, event.targets);
      return;
    case "fault-healed":
      view.pauses.delete(event.fault);
      return;
    case "fault-probed-healed":
      view.injuries.delete(event.fault);
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
