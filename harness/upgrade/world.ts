import type { MemberEnd } from "../model/environment.ts";
import type { EventBody } from "../model/event.ts";
import type { TaskRef } from "../model/evidence.ts";
import type { GateSpec, HoldSpec, SloSpec } from "../model/scenario.ts";
import type { GateView } from "./gates/view.ts";

/** A member's latest incarnation, as what runs it says. */
export interface MemberLook {
  readonly version: string | null;
  readonly incarnation: number;
  readonly state: "running" | "stopped" | "gone";
  /** How it last ended by itself, and at which version; null: it never did. */
  readonly failure: MemberFailure | null;
}

export interface MemberFailure {
  readonly version: string | null;
  readonly words: string;
}

/** The members, as far as the coordinator handles them. Each command done twice is as if done once. */
export interface UpgradeMembers {
  readonly ids: readonly string[];
  look(member: string): Promise<MemberLook>;
  /** SIGTERM to the latest incarnation; resolves with its end, also where it had ended before. It is not started again then. */
  stop(member: string, signal: AbortSignal): Promise<MemberEnd>;
  /** Starts the next incarnation at the version, on the same disk; resolves once the process is there. */
  start(member: string, version: string, signal: AbortSignal): Promise<void>;
}

/** Puts an event into the history. */
export type Tell = (event: EventBody) => void;

/** Where acts wait for the faults that they trigger: until each is in force, or will not come. */
export interface FaultBarrier {
  /** Of faults triggered by the act. */
  settled(act: string): Promise<void>;
}

/** Writes the flag's record {flag, state: "active", epoch} where the pipeline reads it. Writing it again does no harm. */
export type Activate = (flag: string, epoch: number, signal: AbortSignal) => Promise<void>;

/** What acts are carried out on. */
export interface ActWorld {
  readonly view: GateView;
  readonly members: UpgradeMembers;
  readonly activate: Activate;
  /** All of the pipeline. */
  readonly tasks: readonly TaskRef[];
  readonly gates: GateSpec;
  /** The levels to keep, with durations as they are on this host. */
  readonly slo: SloSpec;
  /** The space that every disk is to have left before the upgrade. */
  readonly diskFreeMinMiB: number;
  /** When the workload is held, as it is on this host; null: never. */
  readonly holds: HoldSpec | null;
  /** Whether the pipeline has checkpoints, for the gate to look at. */
  readonly checkpoints: boolean;
  /** The run's clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly hostFactor: number;
}
