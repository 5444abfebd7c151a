import { sha256 as digestOf } from "../base/digest.ts";
import type { Seq } from "../model/brand.ts";
import type { CheckpointFile } from "../model/evidence.ts";
import type { Session } from "./hand-written-records.fixture.ts";
import { stateText } from "./toy-pipeline.fixture.ts";

/** How a checkpoint differs from the member's own state. */
export interface CheckpointChange {
  readonly inputNext?: number;
  readonly changelogNext?: number;
  readonly entries?: string;
  /** The whole file. */
  readonly text?: string;
  readonly number?: number;
  readonly found?: CheckpointFile["found"];
}

interface Written {
  readonly p: number;
  readonly session: Session;
  /** What the member would write. */
  readonly own: {
    readonly counts: ReadonlyMap<string, number>;
    readonly inputNext: number;
    readonly changelogNext: number;
    readonly schema: string;
  };
  readonly change: CheckpointChange;
  readonly seq: Seq;
}

/** A checkpoint file of the toy pipeline, as judging reads it from a run directory. */
export function checkpointFile({ p, session, own, change, seq }: Written): CheckpointFile {
  const entries = change.entries ?? [...own.counts].map(([key, n]) => `${key}=${stateText(n, own.schema)}`).join(",");
  const label = `${change.inputNext ?? own.inputNext}/${change.changelogNext ?? own.changelogNext}`;
  const bytes = new TextEncoder().encode(change.text ?? `${label}/${own.schema}/${entries}`);
  const sha256 = digestOf(bytes);
  const { member, incarnation } = session;
  const name = `count-${p}/checkpoints/${change.number ?? 1}`;
  const found = change.found ?? "left";
  const folder = `members/${member}/${incarnation}`;
  const path = found === "left" ? `${folder}/disk/${name}` : `${folder}/checkpoints/${sha256}`;
  return { member, incarnation, stage: "count", partition: p, name, path, bytes, sha256, found, seq };
}
