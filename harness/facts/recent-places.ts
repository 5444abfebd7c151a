import type { LogRef } from "../model/evidence.ts";

/**
 * Where the output of a cause lies, for the causes last seen: pages of 512 places, the oldest page dropped first, so
 * that findings can point to the first of two outputs while the memory stays bounded (a cause that was dropped is shown
 * by its source record instead).
 */
export interface Places {
  readonly pages: Map<number, Float64Array>;
  /** Topic-partitions named by the places. */
  readonly logs: Log[];
}

interface Log {
  readonly topic: string;
  readonly partition: number;
}

const perPage = 512;
const pagesMax = 64;
/** Offsets are packed below the log's index: exact while offset < 2^40 and fewer than 2^12 logs. */
const offsetsMax = 2 ** 40;

export function beginPlaces(): Places {
  return { pages: new Map(), logs: [] };
}

export function rememberPlace(places: Places, cause: number, { topic, partition }: Log, offset: number): void {
  if (offset >= offsetsMax) return;
  const number = Math.floor(cause / perPage);
  let page = places.pages.get(number);
  if (page === undefined) {
    page = new Float64Array(perPage).fill(-1);
    places.pages.set(number, page);
    const oldest = places.pages.keys().next();
    if (places.pages.size > pagesMax && oldest.done !== true) places.pages.delete(oldest.value);
  }
  page[cause - number * perPage] = logNumber(places.logs, topic, partition) * offsetsMax + offset;
}

function logNumber(logs: Log[], topic: string, partition: number): number {
  for (let i = 0; i < logs.length; i += 1) if (logs[i]?.partition === partition && logs[i]?.topic === topic) return i;
  return logs.push({ topic, partition }) - 1;
}

export function placeOf(places: Places, cause: number): LogRef | null {
  const number = Math.floor(cause / perPage);
  const packed = places.pages.get(number)?.[cause - number * perPage] ?? -1;
  if (packed < 0) return null;
  const log = places.logs[Math.floor(packed / offsetsMax)];
  return log === undefined ? null : { ...log, offset: packed % offsetsMax };
}
