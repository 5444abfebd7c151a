/** A count with the refs of its first few witnesses. */
export interface Counted {
  readonly seen: number;
  readonly evidence: readonly string[];
}

const shownMax = 3;

export function counted(refs: readonly string[], seen: number = refs.length): Counted {
  return { seen, evidence: refs.slice(0, shownMax) };
}
