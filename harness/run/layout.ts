import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { noteHarness } from "../environment/harness-note.ts";

/** Where the files of one run lie (design §5). */
export interface RunLayout {
  readonly directory: string;
  readonly scenario: string;
  readonly plan: string;
  readonly runInfo: string;
  readonly history: string;
  readonly journals: string;
  readonly verdict: string;
  readonly summary: string;
  /** Copy of a member's disk at the end of an incarnation; relative to the run directory. */
  disk(member: string, incarnation: number): string;
  /** A checkpoint captured while the incarnation lived, by its digest; relative to the run directory. */
  captured(member: string, incarnation: number, sha256: string): string;
}

export function runLayout(directory: string): RunLayout {
  return {
    directory,
    scenario: join(directory, "scenario.yaml"),
    plan: join(directory, "plan.json"),
    runInfo: join(directory, "run.json"),
    history: join(directory, "history"),
    journals: join(directory, "journals"),
    verdict: join(directory, "verdict.json"),
    summary: join(directory, "summary.json"),
    disk: (member, incarnation) => join("members", member, String(incarnation), "disk"),
    captured: (member, incarnation, sha256) => join("members", member, String(incarnation), "checkpoints", sha256),
  };
}

/** Sorts by start; `chance`, eight hex digits, keeps two runs begun at once apart. */
export function runIdOf(startedAt: string, chance: string): string {
  const stamp = startedAt.slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  return `${stamp}-${chance}`;
}

/** Whether a folder's name is a run id. */
export function isRunId(name: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{8}$/.test(name);
}

/** Makes the folders of a new run. Throws `usage` when nothing can be made there. */
export async function makeRunDirectory(directory: string): Promise<RunLayout> {
  const layout = runLayout(directory);
  try {
    noteHarness(directory); // first: without it the folders below look like a dead run's
    await mkdir(layout.history, { recursive: true });
  } catch (cause) {
    throw new RollproofError("usage", `No run directory can be made at ${directory}.`, {
      remedy: "Give --out a folder that can be written, not a file; it is made when it is not there.",
      cause,
    });
  }
  return layout;
}
