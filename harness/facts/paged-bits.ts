/**
 * A set of offsets as bits in pages that exist only where something was set: O(records / 8) bytes at worst, and a
 * sparse partition costs nothing for its holes.
 */
export interface PagedBits {
  readonly pages: Map<number, Uint32Array>;
  count: number;
  /** The page last touched: offsets come nearly in order. */
  lastNumber: number;
  last: Uint32Array | null;
}

const bitsPerPage = 4096;
const wordsPerPage = bitsPerPage / 32;

export function beginBits(): PagedBits {
  return { pages: new Map(), count: 0, lastNumber: -1, last: null };
}

/** Sets bit i (0 or more); true when it was not set before. */
export function addBit(bits: PagedBits, i: number): boolean {
  const number = Math.floor(i / bitsPerPage);
  if (number !== bits.lastNumber || bits.last === null) {
    let page = bits.pages.get(number);
    if (page === undefined) {
      page = new Uint32Array(wordsPerPage);
      bits.pages.set(number, page);
    }
    bits.last = page;
    bits.lastNumber = number;
  }
  const within = i - number * bitsPerPage;
  const word = within >>> 5;
  const mask = 1 << (within & 31);
  const before = bits.last[word] ?? 0;
  if ((before & mask) !== 0) return false;
  bits.last[word] = before | mask;
  bits.count += 1;
  return true;
}

export function hasBit(bits: PagedBits, i: number): boolean {
  const number = Math.floor(i / bitsPerPage);
  const page = number === bits.lastNumber && bits.last !== null ? bits.last : bits.pages.get(number);
  if (page === undefined) return false;
  const within = i - number * bitsPerPage;
  return ((page[within >>> 5] ?? 0) & (1 << (within & 31))) !== 0;
}

/** Calls `visit` with every bit of `bits` in [from, to) that `others` lacks, ascending, until it answers false. */
export function eachMissing(
  bits: PagedBits,
  others: PagedBits | null,
  range: { readonly from: number; readonly to: number },
  visit: (i: number) => boolean | void,
): void {
  const first = Math.floor(range.from / bitsPerPage);
  const last = Math.floor((range.to - 1) / bitsPerPage);
  for (const number of pageNumbers(bits, first, last)) {
    const page = bits.pages.get(number);
    if (page === undefined) continue;
    const other = others?.pages.get(number);
    const begin = number * bitsPerPage;
    const lastWord = Math.min(wordsPerPage - 1, Math.floor((range.to - 1 - begin) / 32));
    for (let word = Math.max(0, Math.floor((range.from - begin) / 32)); word <= lastWord; word++) {
      let left = (page[word] ?? 0) & ~(other?.[word] ?? 0);
      while (left !== 0) {
        const bit = 31 - Math.clz32(left & -left);
        left &= left - 1;
        const i = begin + word * 32 + bit;
        if (i < range.from) continue;
        if (i >= range.to) return;
        if (visit(i) === false) return;
      }
    }
  }
}

/** The first set bit in [from, to), or null. */
export function firstBit(bits: PagedBits, from: number, to: number): number | null {
  return firstMissing(bits, null, { from, to });
}

/** The first bit of `bits` in [from, to) that `others` lacks, or null. */
export function firstMissing(
  bits: PagedBits,
  others: PagedBits | null,
  range: { readonly from: number; readonly to: number },
): number | null {
  let found: number | null = null;
  eachMissing(bits, others, range, (i) => {
    found = i;
    return false;
  });
  return found;
}

/** How many bits below `to` are set. */
export function countBelow(bits: PagedBits, to: number): number {
  let count = 0;
  for (const [number, page] of bits.pages) {
    const start = number * bitsPerPage;
    if (start >= to) continue;
    if (start + bitsPerPage > to) eachMissing(bits, null, { from: start, to }, () => void (count += 1));
    else for (const word of page) count += ones(word);
  }
  return count;
}

function ones(word: number): number {
  let count = 0;
  for (let left = word; left !== 0; left &= left - 1) count += 1;
  return count;
}

function pageNumbers(bits: PagedBits, first: number, last: number): readonly number[] {
  if (last - first < bits.pages.size) {
    const dense: number[] = [];
    for (let number = first; number <= last; number++) dense.push(number);
    return dense;
  }
  return [...bits.pages.keys()].filter((number) => number >= first && number <= last).toSorted((a, b) => a - b);
}
