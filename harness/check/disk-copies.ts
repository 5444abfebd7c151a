import { join } from "node:path";
import { sha256 as digestOf } from "../base/digest.ts";
import { readOwn } from "../base/own-files.ts";
import { copiedFiles, copyLimits, type CopiedFile } from "../model/disk-copy.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { CheckpointFile } from "../model/evidence.ts";
import type { HistoryItem } from "../model/history.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { RunLayout } from "../run/layout.ts";

/** What an event of the disk ledger has in the run directory: a checkpoint, or a file that is not as it was recorded. */
export type DiskEvidence =
  { readonly kind: "checkpoint"; readonly file: CheckpointFile } | { readonly kind: "damage"; readonly what: string };

/** Reads and verifies every file that the item names. Nothing that the item does not name is looked at. */
export function* diskEvidence(
  layout: RunLayout,
  item: HistoryItem,
  description: PipelineDescription,
): Generator<DiskEvidence> {
  if (item.kind !== "event") return;
  const { event } = item;
  if (event.kind !== "disk-copied" && event.kind !== "checkpoint-captured") return;
  const { member, incarnation } = event;
  if (!isMember(member)) return yield damage(`The event e:${event.seq} names no member of a run`);
  const recorded = event.kind === "disk-copied" ? copiedFiles(event) : [event];
  if (recorded === null) return yield damage(`The list of the copy of ${member}/${incarnation}'s disk is not whole`);
  for (const file of recorded) yield* fileEvidence(layout, event, file, description);
}

function* fileEvidence(
  layout: RunLayout,
  event: HistoryEvent<"disk-copied" | "checkpoint-captured">,
  file: CopiedFile,
  description: PipelineDescription,
): Generator<DiskEvidence> {
  const { member, incarnation, seq } = event;
  const { name, bytes: size, sha256 } = file;
  // Paths are computed, not read: what an event says could lead anywhere.
  if (!isInside(name) || !/^[\da-f]{64}$/.test(sha256))
    return yield damage(`The event e:${seq} names a file outside of its folder`);
  const path =
    event.kind === "disk-copied"
      ? join(layout.disk(member, incarnation), name)
      : layout.captured(member, incarnation, sha256);
  const bytes = readOwn(layout.directory, path, copyLimits.fileBytes);
  if ("refused" in bytes) return yield damage(`${path} ${bytes.refused}; expected ${wordsOf(size, sha256)}`);
  const actual = digestOf(bytes);
  if (actual !== sha256 || bytes.length !== size)
    return yield damage(
      `${path} has changed since it was copied: expected ${wordsOf(size, sha256)}, found ${wordsOf(bytes.length, actual)}`,
    );
  const task = description.checkpoint?.(name) ?? null;
  if (task === null) return;
  const found = event.kind === "disk-copied" ? "left" : "published";
  yield { kind: "checkpoint", file: { member, incarnation, ...task, name, path, bytes, sha256, found, seq } };
}

function damage(what: string): DiskEvidence {
  return { kind: "damage", what };
}

function wordsOf(bytes: number, sha256: string): string {
  return `${bytes} bytes with SHA-256 ${sha256.slice(0, 16)}…`;
}

/** A member's id becomes part of a path: only what the harness itself would write. */
function isMember(id: string): boolean {
  return /^[a-z]+-\d+$/.test(id);
}

function isInside(name: string): boolean {
  return !name.includes("\0") && name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
