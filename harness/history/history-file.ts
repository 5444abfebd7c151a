import { join } from "node:path";
import type { HistoryProblem } from "../model/history.ts";
import type { Damage } from "./block-walk.ts";
import { openCursor, type FileCursor } from "./file-cursor.ts";
import { fileId, parseLogFile, type LogPlace } from "./files.ts";

/** A file of a history that is open for reading. */
export interface HistoryFile {
  readonly name: string;
  readonly id: number;
  /** Null for the events. */
  readonly place: LogPlace | null;
  readonly cursor: FileCursor;
}

/** Throws when it cannot be opened, or is no regular file. */
export function openHistoryFile(directory: string, name: string): HistoryFile {
  return { name, id: fileId(name), place: parseLogFile(name), cursor: openCursor(join(directory, name)) };
}

export function problemOf(
  { name, place }: Pick<HistoryFile, "name" | "place">,
  { byte, what, offsets }: Pick<Damage, "byte" | "what" | "offsets">,
): HistoryProblem {
  return { file: name, byte, what, lost: place === null || offsets === null ? null : { ...place, ...offsets } };
}
