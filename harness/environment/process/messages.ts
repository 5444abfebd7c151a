import type { OutputLimits } from "../output/limits.ts";
import type { ProcessProof } from "../proc.ts";

/** What the harness tells the supervisor over their channel. */
export type Command =
  | ({ readonly do: "start"; readonly request: number } & StartRequest)
  | { readonly do: "signal"; readonly request: number; readonly pid: number; readonly signal: NodeJS.Signals }
  | { readonly do: "end" };

export interface StartRequest {
  /** `member-1`, `broker-1`, `toxiproxy`: for the journal. */
  readonly role: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** File that stdout and stderr are appended to, as far as the limits allow. */
  readonly log: string;
  readonly limits: OutputLimits;
  /** Whether what is kept of stdout also comes back as `output`. */
  readonly forward: boolean;
}

/** What the supervisor answers. */
export type Report =
  | { readonly said: "ready" }
  | { readonly said: "started"; readonly request: number; readonly proof: ProcessProof }
  /** `code` is the system's (ENOENT, EACCES …) where it refused to run the program. */
  | { readonly said: "not-started"; readonly request: number; readonly why: string; readonly code: string | null }
  | { readonly said: "signalled"; readonly request: number; readonly delivered: boolean }
  | { readonly said: "output"; readonly pid: number; readonly text: string }
  /** Bytes of its output that were not kept, so far. */
  | { readonly said: "dropped"; readonly pid: number; readonly bytes: number }
  | { readonly said: "ended"; readonly pid: number; readonly code: number | null; readonly signal: string | null };

/** Each process of a run carries the run's random token in this variable, however deep below a member it was started. */
export const tokenVariable = "ROLLPROOF_RUN";
