import type { MemberEnd } from "../../model/environment.ts";
import type { EventBody, HistoryEvent } from "../../model/event.ts";
import type { TaskRef } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { UpgradeOutcome } from "../../upgrade/engine.ts";
import type { GateView } from "../../upgrade/gates/view.ts";
import type { UpgradeEntry } from "../../upgrade/state.ts";
import type { MemberLook } from "../../upgrade/world.ts";
import type { Failure } from "./failure.ts";

/** What a coordinator begins with: all that it knows besides the journal. */
export interface Beginning {
  readonly plan: Pick<Plan, "scenario" | "program" | "back">;
  /** The folder of the upgrade's journal. */
  readonly journals: string;
  readonly pipeline: { readonly tasks: readonly TaskRef[]; readonly checkpoints: boolean };
  readonly members: readonly string[];
  /** Of the history so far; the events after it follow. */
  readonly view: GateView;
  /** The zero of the run's clock on the machine's monotonic one, nanoseconds. */
  readonly clockZero: bigint;
  readonly hostFactor: number;
}

/** What the coordinator asks the harness to do. Each is answered once, or refused. */
export type Demand =
  | { readonly kind: "look"; readonly member: string }
  | { readonly kind: "stop"; readonly member: string }
  | { readonly kind: "start"; readonly member: string; readonly version: string }
  | { readonly kind: "activate"; readonly flag: string; readonly epoch: number }
  /** Answered when the faults that the act triggers are in force, or will not come. */
  | { readonly kind: "faults"; readonly act: string }
  /** The journal was taken up, with these entries of those before. */
  | { readonly kind: "opened"; readonly epoch: number; readonly entries: readonly UpgradeEntry[] }
  /** The entry is on disk. Nothing is done before the answer: the crash that a scenario plans for this record comes instead of it. */
  | { readonly kind: "journalled"; readonly epoch: number; readonly entry: UpgradeEntry };

export type Answer =
  | { readonly kind: "looked"; readonly look: MemberLook }
  | { readonly kind: "stopped"; readonly end: MemberEnd }
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly failure: Failure };

export type ToCoordinator =
  | { readonly kind: "begin"; readonly beginning: Beginning }
  | { readonly kind: "events"; readonly events: readonly HistoryEvent[] }
  /** To be answered at once. */
  | { readonly kind: "ping" }
  | { readonly kind: "answer"; readonly call: number; readonly answer: Answer };

export type FromCoordinator =
  | { readonly kind: "call"; readonly call: number; readonly demand: Demand }
  /** Nobody waits for the answer any more. */
  | { readonly kind: "cancel"; readonly call: number }
  | { readonly kind: "tell"; readonly event: EventBody }
  | { readonly kind: "pong" }
  | { readonly kind: "over"; readonly outcome: UpgradeOutcome }
  | { readonly kind: "failed"; readonly failure: Failure };
