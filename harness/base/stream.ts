import type { InputRecord, PipelineDescription, WorkloadShape } from "../model/pipeline.ts";
import { beginDigest } from "./digest.ts";
import { drawFrom } from "./random.ts";

export type Streaming = Pick<PipelineDescription, "workload" | "topics">;

/**
 * A stream's records in send order, derived from the seed alone; the plan and the workload both take it from here. `asked` is the
 * scenario's workload: its topic may have a partition count of its own.
 */
export function streamRecords(
  { workload, topics }: Streaming,
  seed: string,
  asked: WorkloadShape,
): Iterable<InputRecord> {
  const topic = topics(asked.partitions).find(({ name }) => name === workload.topic);
  if (topic === undefined)
    throw new Error(`The workload's topic ${workload.topic} is not among the pipeline's topics.`);
  return workload.records(drawFrom(`${seed}/sends/${workload.stream}`), { ...asked, partitions: topic.partitions });
}

/** SHA-256 over every record in order, each as the JSON array [topic, partition, key, value] and a newline. */
export function digestStream(records: Iterable<InputRecord>): { readonly count: number; readonly sha256: string } {
  const digest = beginDigest();
  let count = 0;
  for (const { topic, partition, key, value } of records) {
    digest.add(`${JSON.stringify([topic, partition, key, value])}\n`);
    count++;
  }
  return { count, sha256: digest.hex() };
}
