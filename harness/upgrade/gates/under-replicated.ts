import type { Gate } from "./gate.ts";

export const underReplicated: Gate = {
  name: "under-replicated",
  says: "no more than upgrade.slo.under-replicated partitions lack a replica in sync, Kafka's own topics included",
  read({ levels }, { slo, since }) {
    const bound = slo["under-replicated"] ?? 0;
    const sample = levels.replication;
    if (sample === null || sample.seq <= since)
      return { value: null, bound, missing: "the replicas in sync were not sampled" };
    const { underReplicated: value, partitions } = sample;
    const missing =
      value <= bound ? null : `${value} of ${partitions} partitions lack a replica in sync, above ${bound}`;
    return { value, bound, missing };
  },
};
