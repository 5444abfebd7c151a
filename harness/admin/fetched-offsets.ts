import type { Kafka } from "kafkajs";
import type { EventBody } from "../model/event.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { readersOf } from "../model/tasks.ts";
import { withAdmin } from "./client.ts";

/** Committed offsets as the group's coordinator answers; null: none. */
export async function fetchedOffsets(
  kafka: Kafka,
  description: PipelineDescription,
): Promise<readonly EventBody<"offset-fetched">[]> {
  return await withAdmin(kafka, async (admin) => {
    const fetched: EventBody<"offset-fetched">[] = [];
    for (const { group, source } of readersOf(description))
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics: [source] }))
        for (const { partition, offset } of partitions) {
          const nextOffset = Number(offset) < 0 ? null : Number(offset);
          fetched.push({ kind: "offset-fetched", group, topic, partition, nextOffset });
        }
    return fetched;
  });
}
