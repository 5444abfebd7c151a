import type { Scenario, Trigger } from "./scenario.ts";

export const planVersion = 1;

/** Scenario + seed with nothing random left. Serialised with sorted keys: same inputs, same bytes. */
export interface Plan {
  readonly planVersion: typeof planVersion;
  /** Decimal string of the 64-bit seed. */
  readonly seed: string;
  readonly scenario: Scenario;
  /** The planted bug in force, null for the correct pipeline. */
  readonly mutant: string | null;
  readonly sends: readonly PlannedStream[];
  readonly upgrade: readonly PlannedStep[];
  readonly faults: readonly PlannedFault[];
}

/** A stream of input records, re-derived from the seed at run time and compared by digest. */
export interface PlannedStream {
  readonly stream: string;
  readonly count: number;
  /** SHA-256, hex, over every generated record in order (base/stream.ts). */
  readonly sha256: string;
}

export interface PlannedStep {
  readonly member: string;
  readonly from: string;
  readonly to: string;
}

export interface PlannedFault {
  /** `fault-1` … in the scenario's order. */
  readonly id: string;
  readonly kind: string;
  /** The role, still an expression. */
  readonly target: string;
  /** Drawn index into the role's candidates sorted by id (taken modulo their number at firing). */
  readonly pick: number;
  readonly trigger: Trigger;
  /** Before the host factor; null: until the faults are over. */
  readonly forMs: number | null;
  readonly params: Readonly<Record<string, unknown>>;
}
