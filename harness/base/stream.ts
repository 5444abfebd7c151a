import type { InputRecord, WorkloadGenerator, WorkloadShape } from "../model/pipeline.ts";
import { startDigest } from "./digest.ts";
import { drawFrom } from "./random.ts";

/** A stream's records in send order, derived from the seed alone; the plan and the workload both take it from here. */
export function streamRecords(
  generator: WorkloadGenerator,
  seed: string,
  { inputs, partitions, keys, duplicatesPercent, outOfOrderPercent, latePercent, hotKeysPercent }: WorkloadShape,
): Iterable<InputRecord> {
  const shape = { inputs, partitions, keys, duplicatesPercent, outOfOrderPercent, latePercent, hotKeysPercent };
  return generator.records(drawFrom(`${seed}/sends/${generator.stream}`), shape);
}

/** SHA-256 over every record in order, each as the JSON array [topic, partition, key, value] and a newline. */
export function digestStream(records: Iterable<InputRecord>): { readonly count: number; readonly sha256: string } {
  const digest = startDigest();
  let count = 0;
  for (const { topic, partition, key, value } of records) {
    digest.add(`${JSON.stringify([topic, partition, key, value])}\n`);
    count++;
  }
  return { count, sha256: digest.hex() };
}
