import type { Json } from "./event.ts";

/** What was taken of a member's data directory at the end of an incarnation. Names are relative to it, with `/`. */
export interface DiskCopy {
  readonly files: readonly CopiedFile[];
  /** The first of what was not copied; see `leftCount`. */
  readonly left: readonly LeftOut[];
  /** How many were not copied, as far as they were counted. */
  readonly leftCount: number;
}

/** A regular file, as it was copied. */
export interface CopiedFile {
  readonly name: string;
  readonly bytes: number;
  /** Hex, of the bytes written to the copy. */
  readonly sha256: string;
}

export interface LeftOut {
  readonly name: string;
  /** `is a FIFO`, `has … bytes; …`: completes "<name> …". */
  readonly why: string;
}

/** A folder that was not looked into. */
export const tooDeep = "is a directory that lies too deep";

/** Reasons of what can hold files that nobody looked at. */
export const mayHoldFiles: ReadonlySet<string> = new Set([tooDeep, "is a symbolic link"]);

/** Bounds of one copy. What is beyond them is left out, and said to be. */
export const copyLimits = {
  files: 1_000,
  fileBytes: 64 * 1024 * 1024,
  bytes: 1024 * 1024 * 1024,
  /** Entries of one folder that are looked at. */
  entries: 10_000,
  depth: 32,
  /** Entries of `left`. */
  left: 100,
} as const;

/** The event's fields for a copy. */
export function copyFields({ files, left, leftCount }: DiskCopy) {
  return {
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    list: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
    left: left.map(({ name, why }) => ({ name, why })),
    leftCount,
  };
}

/** The files that a `disk-copied` event lists; null when its list is not one or does not fit its counts. */
export function copiedFiles(event: {
  readonly files: number;
  readonly bytes: number;
  readonly list: Json;
}): readonly CopiedFile[] | null {
  if (!isList(event.list)) return null;
  const files = event.list.flatMap((entry) => {
    const { name, bytes, sha256 } = fieldsOf(entry);
    return typeof name === "string" && typeof bytes === "number" && typeof sha256 === "string"
      ? [{ name, bytes, sha256 }]
      : [];
  });
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return files.length === event.list.length && files.length === event.files && bytes === event.bytes ? files : null;
}

/** What a `disk-copied` event says was left out. */
export function leftOut(event: { readonly left: Json }): readonly LeftOut[] {
  if (!isList(event.left)) return [];
  return event.left.flatMap((entry) => {
    const { name, why } = fieldsOf(entry);
    return typeof name === "string" && typeof why === "string" ? [{ name, why }] : [];
  });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function fieldsOf(value: Json): Readonly<Partial<Record<string, Json>>> {
  return typeof value === "object" && value !== null && !isList(value) ? value : {};
}
