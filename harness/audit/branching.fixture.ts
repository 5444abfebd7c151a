import type { PipelineDescription, Specification, TopicSpec } from "../model/pipeline.ts";
import { copyingTo, silent } from "./silent.fixture.ts";

const topic = (name: string, partitions: number): TopicSpec => ({ name, partitions, config: {} });

/**
 * Everything that two stages in a row do not have: `in` has two readers, `app` is the group of two stages, `merge` has two sources,
 * and topics have partition counts of their own. It says nothing of itself.
 */
export const branching: PipelineDescription = {
  ...silent,
  name: "branching",
  topics: (partitions) => [
    topic("in", 3),
    topic("fees", 4),
    topic("ids", 1),
    topic("refunds", 2),
    topic("ledger", partitions),
  ],
  stages: [
    { name: "fee", sources: ["in"], group: "app", changelog: null, sinks: ["fees"], transactionalId: null },
    { name: "id", sources: ["in"], group: "ids", changelog: null, sinks: ["ids"], transactionalId: null },
    {
      name: "merge",
      sources: ["fees", "refunds"],
      group: "app",
      changelog: null,
      sinks: ["ledger"],
      transactionalId: null,
    },
  ],
};

/** Every stage copies what it reads. */
export const branchingCopies: Specification = {
  stages: { fee: copyingTo("fees"), id: copyingTo("ids"), merge: copyingTo("ledger") },
};
