import type { ExpectedChange } from "../model/pipeline.ts";
import type { StateStep } from "./state-fold.ts";

/** A state record of the committed changelog. */
export interface Version {
  readonly offset: number;
  readonly key: string;
  readonly schema: string;
  readonly state: string | null;
  /** f's change of the key at this commit: it can say the state in any schema. */
  readonly expected: ExpectedChange | undefined;
}

/** The committed changelog of a task, so that its fold below any recent offset can be had: a base, then single records. */
export interface Versions {
  readonly base: Map<string, Version>;
  /** Folds below this cannot be had any more. */
  baseNext: number;
  later: Version[];
  /** The fold asked for last: labels mostly grow. */
  cursor: { next: number; at: number; readonly fold: Map<string, Version> } | null;
}

/** Records of a task kept one by one: at a kilobyte each, what all tasks keep is a hundred megabytes or two. */
const versionsMax = 16_384;

export function beginVersions(): Versions {
  return { base: new Map(), baseNext: 0, later: [], cursor: null };
}

export function keepVersions(versions: Versions, { decoded, task }: Pick<StateStep, "decoded" | "task">): void {
  for (const { offset, entry } of decoded)
    if (entry.kind === "state") {
      const { key, schema, state } = entry;
      versions.later.push({ offset, key, schema, state, expected: task.live.get(key) });
    }
  if (versions.later.length > versionsMax) foldOldest(versions);
}

/** Each key's last record below `next`, at least `baseNext`; valid until the next call. */
export function foldBelow(versions: Versions, next: number): ReadonlyMap<string, Version> {
  const isBehind = versions.cursor !== null && versions.cursor.next <= next;
  const cursor =
    versions.cursor !== null && isBehind
      ? versions.cursor
      : { next: versions.baseNext, at: 0, fold: new Map(versions.base) };
  for (let version = versions.later[cursor.at]; version !== undefined && version.offset < next;) {
    cursor.fold.set(version.key, version);
    cursor.at += 1;
    version = versions.later[cursor.at];
  }
  cursor.next = next;
  versions.cursor = cursor;
  return cursor.fold;
}

/** Folds the older half into the base, so that memory is bounded. */
function foldOldest(versions: Versions): void {
  const half = versions.later.splice(0, versions.later.length >> 1);
  for (const version of half) {
    // A key that is removed is as one that never was.
    if (version.state === null) versions.base.delete(version.key);
    else versions.base.set(version.key, version);
    versions.baseNext = version.offset + 1;
  }
  versions.cursor = null;
}
