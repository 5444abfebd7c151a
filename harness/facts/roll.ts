import type { HistoryEvent } from "../model/event.ts";
import { levelGates } from "../model/program.ts";
import { beginCourse, stepCourse, type Course } from "./turn.ts";

/** In these acts the members are stopped by the harness, and nobody else brings them back. */
const takenDown: ReadonlySet<string> = new Set(["take-down", "bring-up"]);

/** Whether the members of the act are down by the harness's doing, or may be. */
export function takesDown({ what }: Pick<HistoryEvent<"upgrade-act-began">, "what">): boolean {
  return takenDown.has(what);
}

/** Where the upgrade turned back. */
interface TurnSeen {
  readonly began: HistoryEvent<"roll-back-began">;
  /** The act that was given up; null: all that had begun had settled. */
  readonly cut: HistoryEvent<"upgrade-act-began"> | null;
  readonly isOfOthers: boolean;
}

/** How far the upgrade has come: what it waits for now, and where it stopped. */
export interface Roll {
  /** Its first replacement has begun. */
  began: HistoryEvent | null;
  /** The act that has begun last. */
  act: HistoryEvent<"upgrade-act-began"> | null;
  isActOpen: boolean;
  /** What the wait that is under way, or that the upgrade stopped in, began with. */
  waitsSince: HistoryEvent | null;
  stopped: HistoryEvent<"upgrade-stopped"> | null;
  /** The online checks have seen an anomaly, or have ended although they were asked for. */
  isAlarmed: boolean;
  /** Gates that hold the act up which has begun last, with what they read; null: there was no sample. */
  readonly lacking: Map<string, number | null>;
  /** What the upgrade turned back in; null: it has not turned back. */
  turn: TurnSeen | null;
  readonly course: Course;
  /** Faults are over: from here on LV1 judges. */
  isOver: boolean;
}

export function beginRoll(): Roll {
  return {
    began: null,
    act: null,
    isActOpen: false,
    waitsSince: null,
    stopped: null,
    isAlarmed: false,
    lacking: new Map(),
    turn: null,
    course: beginCourse(),
    isOver: false,
  };
}

export function stepRoll(roll: Roll, event: HistoryEvent): void {
  stepCourse(roll.course, event);
  switch (event.kind) {
    case "upgrade-act-began":
      if (event.step !== null) roll.began ??= event;
      roll.act = event;
      roll.isActOpen = true;
      roll.lacking.clear();
      roll.waitsSince = event;
      break;
    case "anomaly-seen":
      roll.isAlarmed = true;
      break;
    case "online-checks-ended":
      roll.isAlarmed ||= event.why !== null;
      break;
    case "gate-read":
      if (event.missing === null) roll.lacking.delete(event.gate);
      else roll.lacking.set(event.gate, event.value);
      break;
    case "upgrade-act-settled":
      roll.isActOpen = false;
      roll.waitsSince = event;
      break;
    case "roll-back-began":
      roll.turn ??= { began: event, cut: roll.isActOpen ? roll.act : null, isOfOthers: isOfOthers(roll) };
      roll.isActOpen = false;
      roll.waitsSince = event;
      break;
    case "upgrade-stopped":
      roll.stopped ??= event;
      break;
    case "faults-over":
      roll.isOver = true;
      break;
    default:
      break;
  }
}

/** What the brokers and the host answer for, not the pipeline. */
const gatesOfOthers: ReadonlySet<string> = new Set(["under-replicated", "disk-free"]);

/** Whether what ends the way forward now is not the pipeline's: the online checks, the brokers, the disks, or a level that nothing told. */
export function isOfOthers({ lacking, isActOpen, isAlarmed }: Roll): boolean {
  const held = [...lacking];
  const isNotItsOwn = ([gate, value]: readonly [string, number | null]): boolean =>
    levelGates.has(gate) && (value === null || gatesOfOthers.has(gate));
  return isAlarmed || (isActOpen && held.length > 0 && held.every(isNotItsOwn));
}
