import type { Act, Program } from "../model/program.ts";
import { wayBack, type Ways } from "../model/way-back.ts";

/** What the coordinator writes down: an intention before it acts, the outcome after. */
export type UpgradeEntry =
  | { readonly kind: "act-began"; readonly act: string }
  | { readonly kind: "act-settled"; readonly act: string }
  /** The workload is held while this act waits for its gates; and no longer. */
  | { readonly kind: "sources-held"; readonly act: string }
  | { readonly kind: "sources-released"; readonly act: string }
  /** In this act, or after it where it has settled, the upgrade turned back. */
  | { readonly kind: "roll-back-began"; readonly act: string; readonly why: string }
  | { readonly kind: "stopped"; readonly why: string };

/** Where the upgrade stands, as far as the journal tells. */
export interface UpgradeState {
  readonly ways: Ways;
  /** What is carried out: the way forward; once the upgrade has turned back, the acts that had begun and the way back. */
  readonly course: Program;
  /** So many acts of the course, the first ones, are behind: settled, or given up at the turn. */
  readonly settled: number;
  /** Whether the act after them was begun: what it does may have happened. */
  readonly begun: boolean;
  /** Null: the upgrade has not turned back. */
  readonly turn: TurnTaken | null;
  readonly stopped: string | null;
  /** The workload is held, or is about to be. */
  readonly isHeld: boolean;
}

interface TurnTaken {
  readonly act: string;
  readonly why: string;
  /** So many acts of the course are of the way forward. */
  readonly at: number;
  /** The last of them was given up. */
  readonly isCut: boolean;
}

/** The next thing to do. `resumed`: it was begun before, so look before acting. */
export type NextAct =
  | { readonly kind: "act"; readonly act: Act; readonly resumed: boolean }
  | { readonly kind: "done" }
  | { readonly kind: "stopped"; readonly why: string };

export function beginState(ways: Ways): UpgradeState {
  return { ways, course: ways.program, settled: 0, begun: false, turn: null, stopped: null, isHeld: false };
}

/** The state behind one more entry. Throws a plain Error for an entry that cannot follow: the journal is not of this program. */
export function advance(state: UpgradeState, entry: UpgradeEntry): UpgradeState {
  if (entry.kind === "roll-back-began") return turnBack(state, entry);
  const next = nextAct(state);
  if (next.kind === "stopped") throw outOfOrder(entry, next.kind);
  if (entry.kind === "stopped") return { ...state, stopped: entry.why };
  if (next.kind === "done") throw outOfOrder(entry, next.kind);
  if (entry.kind === "sources-held" || entry.kind === "sources-released") return hold(state, entry);
  const isSettling = entry.kind === "act-settled";
  if (next.act.id !== entry.act || next.resumed !== isSettling)
    throw outOfOrder(entry, `${next.resumed ? "the end" : "the beginning"} of ${next.act.id}`);
  return isSettling ? { ...state, settled: state.settled + 1, begun: false } : { ...state, begun: true };
}

/** The acts that were begun, in order: what they do may have happened. */
export function begunActs({ course, settled, begun }: UpgradeState): Program {
  return course.slice(0, settled + (begun ? 1 : 0));
}

/** Held in an act that was begun, and released before anything else is written of it. */
function hold(
  state: UpgradeState,
  entry: Extract<UpgradeEntry, { kind: "sources-held" | "sources-released" }>,
): UpgradeState {
  const isHolding = entry.kind === "sources-held";
  const act = begunActs(state).at(-1);
  if (!state.begun || act?.id !== entry.act || state.isHeld === isHolding)
    throw outOfOrder(entry, act?.id ?? "the first act");
  return { ...state, isHeld: isHolding };
}

function turnBack(state: UpgradeState, entry: Extract<UpgradeEntry, { kind: "roll-back-began" }>): UpgradeState {
  const begun = begunActs(state);
  const { back } = state.ways;
  const isPossible = back !== undefined && state.turn === null && state.stopped === null;
  if (!isPossible || begun.at(-1)?.id !== entry.act) throw outOfOrder(entry, begun.at(-1)?.id ?? "the first act");
  return {
    ...state,
    course: [...begun, ...wayBack(back, begun)],
    settled: begun.length,
    begun: false,
    turn: { act: entry.act, why: entry.why, at: begun.length, isCut: state.begun },
  };
}

/** What the state asks for. Pure: the same journal always goes on the same way. */
export function nextAct({ course, settled, begun, stopped }: UpgradeState): NextAct {
  if (stopped !== null) return { kind: "stopped", why: stopped };
  const act = course[settled];
  return act === undefined ? { kind: "done" } : { kind: "act", act, resumed: begun };
}

/** The version that the member is to run now, say after a crash; null: that of before the upgrade. It is the new one from the moment its start was intended. */
export function versionOf(state: UpgradeState, member: string): string | null {
  const last = begunActs(state).findLast((act) => act.kind === "bring-up" && act.members.includes(member));
  return last?.kind === "bring-up" ? last.version : null;
}

function outOfOrder(entry: UpgradeEntry, expected: string): Error {
  return new Error(`${JSON.stringify(entry)} cannot follow: next was ${expected}`);
}
