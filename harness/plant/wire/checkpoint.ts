import { sha256 } from "../../base/digest.ts";
import { concatenated, integer, utf8 } from "./bytes.ts";

/** A checkpoint file of the reference pipeline (docs/reference-pipeline.md, "On disk"), cut into its parts. */
export interface Checkpoint {
  readonly header: Readonly<Record<string, unknown>> & { readonly inputNext: number; readonly changelogNext: number };
  /** Key and value of each entry, sorted by key. */
  readonly entries: readonly (readonly [Uint8Array, Uint8Array])[];
}

/** null: these bytes are no whole checkpoint. */
export function readCheckpoint(bytes: Uint8Array): Checkpoint | null {
  const line = bytes.indexOf(0x0a);
  if (line < 0) return null;
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, line)));
  if (!isHeader(header)) return null;
  const entries: (readonly [Uint8Array, Uint8Array])[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = line + 1;
  const part = (): Uint8Array => {
    const length = view.getUint32(at);
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) entries.push([part(), part()]);
  return { header, entries };
}

/** With the digest and the count that its entries call for. */
export function writeCheckpoint({ header, entries }: Checkpoint): Uint8Array {
  const body = concatenated(
    ...entries.flatMap(([key, value]) => [integer(32, key.length), key, integer(32, value.length), value]),
  );
  const line = JSON.stringify({ ...header, entries: entries.length, sha256: sha256(body) });
  return concatenated(utf8(`${line}\n`), body);
}

function isHeader(header: unknown): header is Checkpoint["header"] {
  return (
    typeof header === "object" &&
    header !== null &&
    "inputNext" in header &&
    typeof header.inputNext === "number" &&
    "changelogNext" in header &&
    typeof header.changelogNext === "number"
  );
}
