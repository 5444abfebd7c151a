import { settlement } from "./settlement.ts";
import type { Stage, StageName } from "./stage.ts";
import { velocity } from "./velocity.ts";

/** The job, in the order of its flow. */
export const stages: Readonly<Record<StageName, Stage>> = { velocity, settlement };

/** One id per task, the same for all its owners: that is what fences them. */
export function transactionalIdOf(stage: StageName, partition: number): string {
  return `reference-${stage}-${partition}`;
}
