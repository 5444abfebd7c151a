import type { EvidenceGap } from "../model/evidence.ts";

/** Holes in the evidence, each named once. */
export interface Gaps {
  add(gap: { readonly what: string } & Partial<EvidenceGap>): void;
  /** Of one log: what lies between two gaps of the same sort counts as gap too, so that a thousand are named once. */
  widen(gap: EvidenceGap): void;
  all(): readonly EvidenceGap[];
}

export function beginGaps(): Gaps {
  const found = new Map<string, EvidenceGap>();
  return {
    add({ what, topic = null, partition = null, from = null, to = null }) {
      const gap = { what, topic, partition, from, to };
      found.set(JSON.stringify([what, topic, partition, from, to]), gap);
    },
    widen({ what, topic, partition, from, to }) {
      const key = JSON.stringify([what, topic, partition]);
      const known = found.get(key);
      const least = Math.min(known?.from ?? from ?? 0, from ?? 0);
      const most = Math.max(known?.to ?? to ?? Infinity, to ?? Infinity);
      found.set(key, { what, topic, partition, from: least, to: most === Infinity ? null : most });
    },
    all: () => [...found.values()],
  };
}
