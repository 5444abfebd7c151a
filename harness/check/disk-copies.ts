import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CheckpointFile } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { HistoryProblem } from "../model/history.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { RunLayout } from "../run/layout.ts";

const checkpointBytesMax = 64 * 1024 * 1024;

/** Copies of a disk that the history counts and that are not there any more: evidence that is lost. */
export function missingFiles(layout: RunLayout, event: HistoryEvent<"disk-copied">): readonly HistoryProblem[] {
  const path = layout.disk(event.member, event.incarnation);
  const there = isMember(event.member) ? filesIn(join(layout.directory, path)) : 0;
  if (there >= event.files) return [];
  return [{ file: path, byte: 0, what: `It holds ${there} of the ${event.files} files copied.`, lost: null }];
}

/** The checkpoint files in a member's copied data directory. */
export function* checkpointFiles(
  layout: RunLayout,
  event: HistoryEvent<"disk-copied">,
  description: PipelineDescription,
): Generator<CheckpointFile> {
  const { checkpoint } = description;
  const { member, incarnation, seq } = event;
  // The path is computed, not read: an event's own path could lead anywhere.
  const path = layout.disk(member, incarnation);
  const disk = join(layout.directory, path);
  if (checkpoint === null || !isMember(member) || !existsSync(disk)) return;
  for (const name of readdirSync(disk, { recursive: true, encoding: "utf8" }).toSorted()) {
    const task = checkpoint(name);
    if (task === null) continue;
    const bytes = readBounded(join(disk, name));
    if (bytes !== null) yield { member, incarnation, ...task, path: join(path, name), bytes, seq };
  }
}

function filesIn(directory: string): number {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  } catch {
    return 0;
  }
}

/** A member's id becomes part of a path: only what the harness itself would write. */
function isMember(id: string): boolean {
  return /^[a-z]+-\d+$/.test(id);
}

/** null: too large to be a checkpoint of ours, or gone. */
function readBounded(path: string): Uint8Array | null {
  try {
    const { size } = statSync(path);
    return size <= checkpointBytesMax ? readFileSync(path) : null;
  } catch {
    return null;
  }
}
