import { digestOf, packEntries, unpackEntries } from "./entries.ts";
import type { Entries } from "./strategy.ts";

/** What a saved state belongs to: positions in input and changelog, and the schema of its bytes. */
export interface Label {
  readonly schema: string;
  readonly inputNext: number;
  readonly changelogNext: number;
  readonly commit: number;
}
export interface Checkpoint extends Label {
  readonly entries: Entries;
}

/** A checkpoint file: one line of JSON, then the packed entries (docs/reference-pipeline.md, "On disk"). */
export function encodeCheckpoint({ entries, ...label }: Checkpoint): Uint8Array {
  const body = packEntries(entries);
  const { schema, inputNext, changelogNext, commit } = label;
  const header = {
    format: 1,
    schema,
    inputNext,
    changelogNext,
    commit,
    entries: entries.size,
    sha256: digestOf(body),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]);
}

/** The checkpoint in a file's bytes; null when torn, flipped or of another format: it is then not sound. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint | null {
  const header = headerOf(bytes);
  const label = labelOfCheckpoint(bytes);
  if (header === null || label === null) return null;
  const body = bytes.subarray(bytes.indexOf(0x0a) + 1);
  if (header["format"] !== 1 || header["sha256"] !== digestOf(body)) return null;
  const entries = unpackEntries(body);
  return entries === null || entries.size !== header["entries"] ? null : { ...label, entries };
}

/** The label in a checkpoint file's first line, whatever follows; null: there is none. */
export function labelOfCheckpoint(bytes: Uint8Array): Label | null {
  const header = headerOf(bytes);
  return header === null ? null : labelIn(header);
}

function headerOf(bytes: Uint8Array): Fields | null {
  const line = bytes.indexOf(0x0a);
  return line < 0 ? null : parseObject(Buffer.from(bytes.subarray(0, line)).toString("utf8"));
}

/** Content of CLEAN: the label of the store, and the digest of its packed entries. */
export function encodeClean(label: Label, entries: Entries): string {
  return JSON.stringify({ ...label, sha256: digestOf(packEntries(entries)) });
}

/** The store's label when CLEAN is whole and its digest is the store's; else null. */
export function labelOfStore(clean: string, store: Entries): Label | null {
  const content = parseObject(clean);
  return content !== null && content["sha256"] === digestOf(packEntries(store)) ? labelIn(content) : null;
}

type Fields = Readonly<Partial<Record<string, unknown>>>;

function parseObject(text: string): Fields | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : null;
  } catch {
    return null;
  }
}

function labelIn({ schema, inputNext, changelogNext, commit }: Fields): Label | null {
  if (typeof schema !== "string") return null;
  if (typeof inputNext !== "number" || typeof changelogNext !== "number" || typeof commit !== "number") return null;
  return { schema, inputNext, changelogNext, commit };
}
