import type { PlannedRecords } from "../base/planned-records.ts";
import type { MemberFolder } from "../checkers/identity/processes.ts";
import type { CheckpointFile } from "../model/evidence.ts";
import type { HistoryItem } from "../model/history.ts";
import type { Draw, PipelineDescription, Specification } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import type { Edits } from "./edits.ts";
import type { Known } from "./known.ts";

/** The four recorded histories, by the folder that each lies in (harness/plant/recorded). */
export const histories = ["reference", "silent", "at-least-once", "newer-transactions"] as const;
export type HistoryName = (typeof histories)[number];

/** A run that was recorded and judged valid, in memory. Nothing changes it: a trial damages a copy. */
export interface Recorded {
  readonly name: HistoryName;
  /** Its run directory. */
  readonly directory: string;
  readonly plan: Plan;
  readonly run: RunInfo;
  readonly description: PipelineDescription;
  readonly specification: Specification;
  readonly items: readonly HistoryItem[];
  /** Index of an event in `items` → the checkpoint files that were captured with it. */
  readonly files: ReadonlyMap<number, readonly CheckpointFile[]>;
  /** What the audit makes of it. */
  readonly known: Known;
  /** What its plan sends. */
  readonly planned: PlannedRecords;
  readonly folders: readonly MemberFolder[];
}

/** A history with its damage, ready to be judged. */
export interface Damaged {
  readonly plan: Plan;
  readonly run: RunInfo;
  readonly items: readonly HistoryItem[];
  readonly files: ReadonlyMap<number, readonly CheckpointFile[]>;
  /** Files of members' disks that are not as they were copied. */
  readonly spoilt: readonly string[];
}

/** What a judgement may answer: an invariant that it flags, or one of the other outcomes. */
export type Answer = string;

interface Described {
  /** kebab-case; also the name on the command line. */
  readonly name: string;
  /** The row of the issue that it stands for, where one does. */
  readonly row?: number;
  /** One sentence: what is planted. */
  readonly what: string;
  /** Any of these is right: ids of invariants, `unknown`, `valid`. */
  readonly must: readonly Answer[];
  /** History → other right answers there, or why nothing can show it. */
  readonly but?: Readonly<Partial<Record<HistoryName, readonly Answer[] | { readonly invisible: string }>>>;
  /** What a history must have for it. */
  readonly needs: string;
}

/** Damage of one kind, or a lawful variation, and the answers that are right. */
export interface Kind extends Described {
  readonly family: "damage" | "lawful";
  /** Edits the history at a place that it draws. Gives that place in words; null: there is none. */
  plant(history: Recorded, draw: Draw, edits: Edits): string | null;
}

/** Damage to the files of a run directory. */
export interface RawKind extends Described {
  readonly family: "raw";
  /** Damages the copy in `directory` at a place that it draws. Gives that place in words; null: there is none. */
  spoil(history: Recorded, draw: Draw, directory: string): string | null;
}

export type AnyKind = Kind | RawKind;
