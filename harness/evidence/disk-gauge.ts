import { statfs } from "node:fs/promises";
import type { EventBody } from "../model/event.ts";

/** A folder on a disk of the run. */
export interface DiskSeen {
  /** `run`, `broker-1`. */
  readonly of: string;
  readonly path: string;
}

/** The one of these disks that has the least space left; null: none can be asked. */
export async function lookAtDisks(disks: readonly DiskSeen[]): Promise<EventBody<"gauge-disk"> | null> {
  const free = await Promise.all(disks.map(async ({ of, path }) => ({ of, freeMiB: await freeMiBAt(path) })));
  const known = free.flatMap(({ of, freeMiB }) => (freeMiB === null ? [] : [{ of, freeMiB }]));
  const [least] = known.toSorted((a, b) => a.freeMiB - b.freeMiB);
  if (least === undefined) return null;
  return { kind: "gauge-disk", disks: known.length, fullest: least.of, freeMiB: least.freeMiB };
}

/** Free for anybody, whole MiB. */
async function freeMiBAt(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return Math.floor((bavail * bsize) / 2 ** 20);
  } catch {
    return null; // it has gone with what it belonged to
  }
}
