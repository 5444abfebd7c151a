import type { Strategy } from "../core/strategy.ts";

/** A planted bug: what it is of, what must happen for it to show, and who must see it. */
export interface Mutant {
  /** Number in the list of defects that the harness is held to. */
  readonly id: string;
  /** As a scenario's `mutant` gives it. */
  readonly name: string;
  /** The real bug. */
  readonly models: string;
  readonly change: string;
  /** Without it the run shows nothing; the scenario counts it (`exercised`). */
  readonly needs: string;
  /** Invariants of which at least one must be violated. */
  readonly flaggedBy: readonly string[];
  readonly strategy: Strategy;
}
