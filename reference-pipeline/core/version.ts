import type { Payment } from "./payment.ts";
import type { StageName } from "./stage.ts";
import type { AccountState, State } from "./state.ts";

/** Format of outputs: `2` adds a field to each sink's value. */
export type Format = "1" | "2";

/** The flag that switches outputs to format 2. */
export const formatFlag = "output-format-2";

/** What differs between two releases of the job: its state schema, its outputs, the flags that it knows. */
export interface Version {
  readonly name: string;
  /** Schema of the state that it writes: the version byte, and a checkpoint's label. */
  readonly schema: string;
  /** The format of outputs under these active flags. */
  format(activeFlags: ReadonlySet<string>): Format;
  encode(key: string, state: State): Uint8Array;
  /** Reads what any version wrote; throws PipelineFailure on a schema that it does not know. */
  decode(stage: StageName, key: string, bytes: Uint8Array): State;
  /** JSON of a `by-merchant` value. */
  accepted(payment: Payment, velocity: number, account: AccountState, format: Format): string;
  /** JSON of a `settlements` value. */
  settled(settlement: Settlement, format: Format): string;
}

export interface Settlement {
  readonly kind: "open" | "late" | "closed";
  readonly merchant: string;
  /** Start of the window, event time in ms. */
  readonly window: number;
  /** The payment's id; null for `closed`. */
  readonly id: string | null;
  readonly n: number;
  readonly t: number;
}
