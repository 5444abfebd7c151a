import type { EvidenceGap } from "../model/evidence.ts";

/** Holes in the evidence, each named once. */
export interface Gaps {
  add(gap: { readonly what: string } & Partial<EvidenceGap>): void;
  all(): readonly EvidenceGap[];
}

export function startGaps(): Gaps {
  const found = new Map<string, EvidenceGap>();
  return {
    add({ what, topic = null, partition = null, from = null, to = null }) {
      const gap = { what, topic, partition, from, to };
      found.set(JSON.stringify([what, topic, partition, from, to]), gap);
    },
    all: () => [...found.values()],
  };
}
