import type { EventBody } from "./event.ts";
import { sloNames, type UpgradePhase } from "./scenario.ts";

/** Gates by name; each is a file in upgrade/gates/. */
export const gateNames = [
  "anomalies",
  "available",
  "canary",
  "checkpoint-lag",
  "disk-free",
  "flag",
  "held",
  "lag",
  "owners",
  "quorum",
  "running",
  "up",
  ...sloNames,
] as const;
/** Gates of what a scenario asks for: what they read is sampled for them alone. */
export const levelGates: ReadonlySet<string> = new Set<GateName>([...sloNames, "anomalies", "disk-free"]);
export type GateName = (typeof gateNames)[number];

interface ActBase {
  /** Unique in the program: `restore of member-2`, `drain of member-1+member-2`, `activate output-format-2`. */
  readonly id: string;
  readonly members: readonly string[];
  /** The replacement that it belongs to, from 0; null: it belongs to none. */
  readonly step: number | null;
  /** The part of the replacement that it is; null: it is none. */
  readonly phase: UpgradePhase | null;
  /** All of them must let it pass before it is settled. */
  readonly gates: readonly GateName[];
}

export interface TakeDown extends ActBase {
  readonly kind: "take-down";
  /** `drained`: the members have stopped taking input and said so, or have ended. `ended`: their processes are gone. */
  readonly until: "drained" | "ended";
}
export interface BringUp extends ActBase {
  readonly kind: "bring-up";
  readonly version: string;
}
export interface Await extends ActBase {
  readonly kind: "await";
  /** The version that its members are to run; null: no gate of it asks. */
  readonly version: string | null;
  /** So many of the other members have to be up and ready; left out: no gate of it asks. */
  readonly leaves?: number;
}
export interface Dwell extends ActBase {
  readonly kind: "dwell";
  /** Not stretched by the host factor. */
  readonly forMs: number;
}
/** Every member confirms that it runs the version which knows the flag. */
export interface Prepare extends ActBase {
  readonly kind: "prepare";
  readonly flag: string;
  readonly version: string;
}
/** The flag is written, and every member shows it. */
export interface Activate extends ActBase {
  readonly kind: "activate";
  readonly flag: string;
  readonly version: string;
  readonly epoch: number;
}

/** One thing that the coordinator does to a set of members. Done twice, it is as if done once. */
export type Act = TakeDown | BringUp | Await | Dwell | Prepare | Activate;

/** An upgrade: acts in the order in which they are carried out. */
export type Program = readonly Act[];

/** An act's own fields of an event about it. */
export function actFields(act: Act): Omit<EventBody<"upgrade-act-began">, "kind"> {
  const { id, kind, members, step, phase } = act;
  const version = "version" in act ? act.version : null;
  return { act: id, what: kind, members, step, phase, version, flag: "flag" in act ? act.flag : null };
}

/** The act that is this part of the member's replacement; undefined: the program does not replace it. */
export function actOfPhase(program: Program, member: string, phase: UpgradePhase): Act | undefined {
  return program.find((act) => act.phase === phase && act.members.includes(member));
}

/** The phase that ends a replacement. */
const lastPhase: UpgradePhase = "gate";

/** Whether a replacement is over when this act is settled. */
export function endsStep({ phase }: { readonly phase: string | null }): boolean {
  return phase === lastPhase;
}

/** Members whose replacement is not over when these acts are settled. */
export function openMembers(program: Program, settled: ReadonlySet<string>): readonly string[] {
  return program.flatMap((act) => (endsStep(act) && !settled.has(act.id) ? act.members : []));
}

/** Whether members of both versions run at the same time for a while, as they do unless all are replaced together. */
export function mixesVersions(program: Program, members: number): boolean {
  const first = program.find(({ kind }) => kind === "bring-up");
  return members > (first?.members.length ?? 1);
}

/** Whether the upgrade activates a flag. */
export function activates(program: Program): boolean {
  return program.some(({ kind }) => kind === "activate");
}
