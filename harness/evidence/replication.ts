import type { EventBody } from "../model/event.ts";
import { startClusterView } from "./cluster-view.ts";

/** Asks the brokers, over connections of its own, which partitions of these topics lack a replica in sync. */
export function startReplicationLook(
  bootstrap: readonly string[],
  topics: readonly string[],
): { look(): Promise<EventBody<"gauge-replication"> | null>; close(): void } {
  const view = startClusterView(bootstrap);
  return {
    async look() {
      const response = await view.metadata(topics);
      const partitions = response?.topics.flatMap((topic) => topic.partitions) ?? [];
      if (partitions.length === 0) return null;
      const underReplicated = partitions.filter(({ isrNodes, replicaNodes }) => isrNodes.length < replicaNodes.length);
      return { kind: "gauge-replication", partitions: partitions.length, underReplicated: underReplicated.length };
    },
    close: () => view.close(),
  };
}
