import type { Program } from "./program.ts";
import type { Scenario, Trigger } from "./scenario.ts";

export const planVersion = 2;

/** Scenario + seed with nothing random left. Serialised with sorted keys: same inputs, same bytes. */
export interface Plan {
  readonly planVersion: typeof planVersion;
  /** Decimal string of the 64-bit seed. */
  readonly seed: string;
  readonly scenario: Scenario;
  /** The planted bug in force, null for the correct pipeline. */
  readonly mutant: string | null;
  readonly sends: readonly PlannedStream[];
  /** The upgrade, compiled from the scenario's strategy. */
  readonly program: Program;
  /** The acts that undo it; left out: the scenario does not let it be rolled back. */
  readonly back?: Program;
  readonly faults: readonly PlannedFault[];
}

/** A stream of input records, re-derived from the seed at run time and compared by digest. */
export interface PlannedStream {
  readonly stream: string;
  readonly count: number;
  /** SHA-256, hex, over every generated record in order (base/stream.ts). */
  readonly sha256: string;
}

/** A scenario's trigger with its moments of the upgrade told by acts of the program. */
export type PlannedTrigger =
  | Extract<Trigger, { readonly kind: "time" | "progress" | "journal" }>
  | Omit<Extract<Trigger, { readonly kind: "act" }>, "occurrence">
  | (Omit<Extract<Trigger, { readonly kind: "point" }>, "armAfterStepOf"> & {
      /** Armed only after this act has settled; null: at armAfterMs alone. */
      readonly armAfterAct: string | null;
    });

export interface PlannedFault {
  /** `fault-1` … in the scenario's order; one that comes again on the way back is another, `fault-1-back`. */
  readonly id: string;
  readonly kind: string;
  /** The role, still an expression. */
  readonly target: string;
  /** Drawn index into the role's candidates sorted by id (taken modulo their number at firing). */
  readonly pick: number;
  readonly trigger: PlannedTrigger;
  /** Before the host factor; null: until the faults are over. */
  readonly forMs: number | null;
  readonly params: Readonly<Record<string, unknown>>;
}
