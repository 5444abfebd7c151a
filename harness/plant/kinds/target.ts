import type { LogBatch } from "../../model/log.ts";
import type { Draw } from "../../model/pipeline.ts";
import type { BatchRecord } from "../batch.ts";
import type { Edits, Log } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, placeOf, placesIn, type Written } from "../places.ts";
import { readHeaders, withHeader } from "../wire/headers.ts";

/** A committed record of a sink or a changelog that damage is planted at. */
export interface Target {
  readonly history: Recorded;
  readonly draw: Draw;
  readonly edits: Edits;
  readonly written: Written;
  /** The batch that it lies in, and the record itself. */
  readonly batch: LogBatch;
  readonly record: BatchRecord;
}

export type Described = Pick<Kind, "name" | "what" | "must" | "but" | "row"> & {
  readonly needs?: string;
  /** Plants the damage; false, with nothing edited, where this record does not lend itself to it. */
  plant(target: Target): unknown;
};

/** Damage at a committed output, drawn among those that it can be planted at. */
export function onOutput(described: Described): Kind {
  return onWritten(described, "a committed output", (history) => placesIn(history).outputs);
}

/** Damage at a committed changelog record. */
export function onChange(described: Described): Kind {
  return onWritten(described, "a committed changelog record", (history) => placesIn(history).changes);
}

function onWritten(described: Described, needs: string, among: (history: Recorded) => readonly Written[]): Kind {
  return {
    family: "damage",
    ...described,
    needs: described.needs ?? needs,
    plant: (history, draw, edits) =>
      drawn(draw, among(history), (written) => {
        const found = history.known.find(written.log, written.offset);
        if (found === null) return null;
        const isPlanted = described.plant({ history, draw, edits, written, batch: found.batch, record: found.record });
        return isPlanted === false ? null : placeOf(written);
      }),
  };
}

/** Changes the record where it lies. */
export function replace(
  { edits }: Pick<Target, "edits">,
  { log, offset }: { readonly log: Log; readonly offset: number },
  change: (record: BatchRecord) => Partial<BatchRecord>,
): void {
  edits.record(log, offset, { kind: "replace", change: (record) => ({ ...record, ...change(record) }) });
}

/** Puts a record in front of another one, as part of the same batch's transaction. */
export function putBefore(
  { history, edits }: Pick<Target, "history" | "edits">,
  { log, offset }: { readonly log: Log; readonly offset: number },
  record: BatchRecord,
): boolean {
  const found = history.known.find(log, offset);
  if (found === null) return false;
  edits.insert(log, offset, { like: found.batch, attributes: {}, records: [record] });
  return true;
}

/** A header's text; null: the record has none of that name. */
export function headerOf({ headers }: BatchRecord, name: string): string | null {
  const value = readHeaders(headers).find((header) => header.name === name)?.value;
  return value == null ? null : new TextDecoder().decode(value);
}

/** The headers with another text under a name that is there. */
export function headersWith({ headers }: BatchRecord, name: string, text: string): Pick<BatchRecord, "headers"> {
  return { headers: withHeader(headers, name, new TextEncoder().encode(text)) };
}

export function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : a.length === b.length && a.every((byte, i) => byte === b[i]);
}
