import type { LogRef } from "../model/evidence.ts";

/**
 * Where the output of a cause lies, for the causes last seen: pages of 4096 places, the oldest page dropped first, so
 * that findings can point to the first of two outputs while the memory stays bounded (a cause that was dropped is shown
 * by its source record instead).
 */
export interface Places {
  readonly pages: Map<number, Float64Array>;
  /** Topic-partitions named by the places. */
  readonly logs: { readonly topic: string; readonly partition: number }[];
}

const perPage = 4096;
const pagesMax = 64;
/** Offsets are packed below the log's index: exact while offset < 2^40 and fewer than 2^12 logs. */
const offsetsMax = 2 ** 40;

export function startPlaces(): Places {
  return { pages: new Map(), logs: [] };
}

export function rememberPlace(places: Places, cause: number, at: LogRef): void {
  if (at.offset >= offsetsMax) return;
  const number = Math.floor(cause / perPage);
  let page = places.pages.get(number);
  if (page === undefined) {
    page = new Float64Array(perPage).fill(-1);
    places.pages.set(number, page);
    const oldest = places.pages.keys().next();
    if (places.pages.size > pagesMax && oldest.done !== true) places.pages.delete(oldest.value);
  }
  let log = places.logs.findIndex(({ topic, partition }) => topic === at.topic && partition === at.partition);
  if (log < 0) log = places.logs.push({ topic: at.topic, partition: at.partition }) - 1;
  page[cause - number * perPage] = log * offsetsMax + at.offset;
}

export function placeOf(places: Places, cause: number): LogRef | null {
  const number = Math.floor(cause / perPage);
  const packed = places.pages.get(number)?.[cause - number * perPage] ?? -1;
  if (packed < 0) return null;
  const log = places.logs[Math.floor(packed / offsetsMax)];
  return log === undefined ? null : { ...log, offset: packed % offsetsMax };
}
