import type { CheckpointFile, EvidenceBatch } from "../model/evidence.ts";
import type { CheckpointContent, Specification } from "../model/pipeline.ts";
import { keyFault, keyIdentity } from "../model/record-key.ts";
import { ofTask, perTask, type PerTask, type TaskIndex } from "./tasks.ts";

/** Checkpoint files of one task, decoded; a file that several copies of one disk hold counts once. */
export interface Checkpoints {
  readonly tasks: PerTask<Map<string, Checkpoint>>;
  /** Files that do not decode: no checkpoint, hence no claim. A pipeline may leave one, if its open refuses it. */
  undecodable: number;
  /** Copies that failed. */
  missing: number;
  /** Why the specification's answers cannot be used. */
  readonly failures: Set<string>;
}

export interface Checkpoint {
  readonly file: CheckpointFile;
  readonly content: Content;
}

/** With its entries by the identity of their key (model/record-key.ts). */
interface Content extends Omit<CheckpointContent, "entries"> {
  readonly entries: ReadonlyMap<string, string>;
}

export function startCheckpoints(): Checkpoints {
  return { tasks: perTask(() => new Map()), undecodable: 0, missing: 0, failures: new Set() };
}

export function learnCheckpoints(
  all: Checkpoints,
  index: TaskIndex,
  specification: Specification,
  batch: EvidenceBatch,
): void {
  if (batch.kind === "event" && batch.event.kind === "disk-copy-failed") all.missing += 1;
  if (batch.kind !== "checkpoint") return;
  const file = batch.checkpoint;
  const stage = index.byName.get(file.stage);
  const decoder = specification.stages[file.stage];
  if (stage === undefined || decoder === undefined) return;
  const files = ofTask(all.tasks, stage, file.partition);
  const name = `${file.member}/${file.bytes.length}/${fingerprint(file.bytes)}`;
  if (files.has(name)) return;
  try {
    const content = decoder.checkpoint?.(file.bytes);
    if (content === undefined) all.undecodable += 1;
    else files.set(name, { file, content: byIdentity(all, file.stage, content) });
  } catch {
    all.undecodable += 1;
  }
}

function byIdentity(all: Checkpoints, stage: string, content: CheckpointContent): Content {
  const entries = new Map<string, string>();
  for (const [key, state] of content.entries) {
    const fault = keyFault(key);
    if (fault !== null)
      all.failures.add(`The specification's reading of ${stage}'s checkpoints is ambiguous: ${fault}.`);
    entries.set(keyIdentity(key), state);
  }
  return { ...content, entries };
}

/** Why the files seen are not all; and what to do. */
export function checkpointDoubts(all: Checkpoints): readonly string[] {
  const ambiguous = [...all.failures];
  return all.missing === 0
    ? ambiguous
    : [
        ...ambiguous,
        `${all.missing} copies of members' disks failed: give the run directory more room, then run again.`,
      ];
}

/** 32-bit FNV-1a (the reference's own is the pipeline's; this one only tells copies of a file apart). */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
