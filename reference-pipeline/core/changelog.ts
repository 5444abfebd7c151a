import type { ChangelogRecord, OutRecord } from "./effects.ts";
import { PipelineFailure } from "./failure.ts";
import type { Entries } from "./strategy.ts";

/** Where a task stands: the next source offset after its commit number `commit`. */
export interface Position {
  readonly next: number;
  readonly commit: number;
}

/** What a changelog says up to some offset. `position` null: no commit yet. */
export interface Replayed {
  readonly entries: Entries;
  readonly position: Position | null;
  /** Records that were applied. */
  readonly applied: number;
}

const positionKey = new Uint8Array([0, 0]);
const utf8 = new TextDecoder();

/** First record of every transaction: it names the position that the transaction commits. */
export function positionRecord({ next, commit }: Position, writer: string): OutRecord {
  const value = Buffer.from(JSON.stringify({ next, commit }));
  return { key: positionKey, value, headers: { "rp-writer": writer } };
}

/** The records that `restores` picks, applied on top of `base`. */
export function replay(
  base: Replayed,
  records: readonly ChangelogRecord[],
  restores: (record: ChangelogRecord) => boolean,
): Replayed {
  const entries = new Map(base.entries);
  let { position, applied } = base;
  for (const record of records) {
    if (!restores(record)) continue;
    const { key, value, offset } = record;
    applied += 1;
    if (key.length === 2 && key[0] === 0 && key[1] === 0) position = parsePosition(value, offset);
    else if (value === null) entries.delete(utf8.decode(key));
    else entries.set(utf8.decode(key), value);
  }
  return { entries, position, applied };
}

function parsePosition(value: Uint8Array | null, offset: number): Position {
  const position = value === null ? null : parseJson(utf8.decode(value));
  if (typeof position === "object" && position !== null && "next" in position && "commit" in position) {
    const { next, commit } = position;
    if (typeof next === "number" && typeof commit === "number") return { next, commit };
  }
  throw new PipelineFailure(
    `The changelog's position record at offset ${offset} is not {"next":…,"commit":…}.`,
    "Something else writes to this changelog: give the job topics of its own.",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
