import type { BrokerId } from "./brand.ts";
import type { Capability, Link, Process, ProcessInjury } from "./environment.ts";
import type { Json } from "./event.ts";

/**
 * One kind of fault: settings and three functions. Disposing an ActiveFault heals it.
 * `parseParams` is the one border where a scenario's params become `P`; it throws a plain Error with the reason.
 */
export interface Fault<P> {
  readonly kind: string;
  /** JSON Schema of the params, for the scenario schema and did-you-mean. */
  readonly paramsSchema: Json;
  parseParams(params: unknown): P;
  /** Without `on`: what any target that it takes needs. */
  needs(params: P, on?: TargetSort): readonly Capability[];
  /** What sort of target it takes. */
  readonly takes: "member" | "broker" | "process" | "link";
  /** Its probe asks a member's control port, which only a pipeline that speaks has; where not told, it does not. */
  readonly asksControlPort?: true;
  /** Data, journalled before inject: another process can clean up with it. */
  undo(target: FaultTarget, params: P): readonly UndoStep[];
  inject(target: FaultTarget, params: P, signal: AbortSignal): Promise<ActiveFault>;
}

/** What a role stands for, known before it is resolved. */
export type TargetSort = "member" | "broker" | "coordinator" | "link";

/** A resolved role: one process, or a set of links. */
export type FaultTarget =
  | {
      readonly kind: "process";
      readonly process: Process;
      /** `host:port` at which it serves while alive, not through any proxy; null: its control port, if it has one. */
      readonly serves: string | null;
      /** A living one can be dialled; of others only the system that runs them says whether they live. */
      readonly hasPort: boolean;
      /** The cluster's brokers, itself left out. */
      readonly peers: readonly BrokerId[];
      /**
       * Brings the next incarnation up on the same disk (crash heals by it), at the version that the upgrade journal
       * holds. When a later incarnation than `process` is already there, that one is the answer.
       */
      readonly restart: (signal: AbortSignal) => Promise<Process>;
    }
  | { readonly kind: "links"; readonly links: readonly Link[] };

export type UndoStep =
  | { readonly kind: "resume-process"; readonly process: string; readonly pid: number }
  | { readonly kind: "restart-process"; readonly process: string }
  | { readonly kind: "remove-link-injury"; readonly link: string; readonly injury: string }
  | { readonly kind: "give-back"; readonly process: string; readonly injury: ProcessInjury["kind"] };

export interface ActiveFault extends AsyncDisposable {
  /** Looks, by means other than the injection itself, whether the injury holds now. After disposal it must say inactive. */
  probe(signal: AbortSignal): Promise<Proof>;
}

export interface Proof {
  readonly active: boolean;
  /** What was measured. */
  readonly proof: Json;
}
