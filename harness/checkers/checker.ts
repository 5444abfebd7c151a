import type { Facts } from "../facts/facts.ts";
import type { EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext, Finding } from "../model/finding.ts";

/** A pure fold from evidence to one finding; `finish` may be called in mid-run. `step` may mutate its own state only. */
export interface Checker<State> {
  /** The invariant's id, e.g. `EO1`. */
  readonly id: string;
  /** The invariant's name, e.g. `no duplicate effect`. */
  readonly name: string;
  begin(context: JudgingContext): State;
  /** The facts have been stepped with the same batch before. */
  step(state: State, batch: EvidenceBatch): State;
  finish(state: State): Finding;
}

export interface JudgingContext extends CheckerContext {
  /** Shared by all checkers, which only read them. */
  readonly facts: Facts;
}
