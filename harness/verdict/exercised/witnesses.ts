/** A count with the refs of its first few witnesses. */
export interface Counted {
  readonly seen: number;
  readonly evidence: readonly string[];
}

/** The same, while it grows. */
export interface Counter {
  seen: number;
  readonly refs: string[];
}

export const shownMax = 3;

export function beginCount(): Counter {
  return { seen: 0, refs: [] };
}

export function addTo(counter: Counter, ...refs: readonly string[]): void {
  counter.seen += 1;
  if (counter.refs.length < shownMax) counter.refs.push(...refs);
}

export function counted({ seen, refs }: Counter): Counted {
  return { seen, evidence: refs.slice(0, shownMax) };
}

/** The counter under the key, begun when it is new. */
export function counterOf(all: Map<string, Counter>, key: string): Counter {
  const known = all.get(key) ?? beginCount();
  all.set(key, known);
  return known;
}
