import type { Act, Program } from "./program.ts";

/** An upgrade and, where it may be rolled back, the acts that undo all of its replacements. */
export interface Ways {
  readonly program: Program;
  readonly back?: Program;
}

/** Where an upgrade turned back. */
export interface Turn {
  /** The act of the way forward that had begun last. */
  readonly act: string;
  readonly why: string;
  /** Whether that act had settled; if not, it was given up. */
  readonly isSettled: boolean;
}

/** From this act on there is no way back: the old version cannot read what the new one then writes. Null: no act so far is such a one. */
export function pointOfNoReturn(begun: Program): Act | null {
  return begun.find(({ kind }) => kind === "activate") ?? null;
}

/** The acts that undo what the acts begun so far may have done: only members that were to be taken down go back. */
export function wayBack(back: Program, begun: Program): Program {
  const touched = new Set(begun.flatMap((act) => (act.kind === "take-down" ? act.members : [])));
  return back.filter(({ step, members }) => step === null || members.some((member) => touched.has(member)));
}

/** The acts up to and including this one; none: the program does not have it. */
export function begunAfter(program: Program, act: string): Program {
  return program.slice(0, program.findIndex(({ id }) => id === act) + 1);
}

/** The acts that have to settle: the whole program, or those before the turn and those of the way back. A turn in no act of it is none. */
export function dueActs({ program, back }: Ways, turn: Turn | null): Program {
  const begun = turn === null ? [] : begunAfter(program, turn.act);
  if (turn === null || begun.length === 0) return program;
  return [...(turn.isSettled ? begun : begun.slice(0, -1)), ...wayBack(back ?? [], begun)];
}

/** The acts that may begin: of an upgrade that is rolled back by design, none behind the turn and none of members that it leaves alone. */
export function possibleActs({ program, back }: Ways, rollBackAfter: string | undefined): Program {
  if (back === undefined) return program;
  if (rollBackAfter === undefined) return [...program, ...back];
  const begun = begunAfter(program, rollBackAfter);
  return [...begun, ...wayBack(back, begun)];
}

/** The act of the way back that is the same part of the same members' replacement; undefined: there is none. */
export function counterpart({ program, back }: Ways, act: string): Act | undefined {
  const forward = program.find(({ id }) => id === act);
  if (forward === undefined || forward.phase === null) return undefined;
  return back?.find(({ phase, members }) => phase === forward.phase && members.join("+") === forward.members.join("+"));
}
