import { points } from "../model/scenario.ts";
import type { Launch, PipelineDescription, StageSpec, TopicSpec } from "../model/pipeline.ts";
import { kept } from "./kept.ts";
import { payments } from "./payments.ts";

const compacted = {
  "cleanup.policy": "compact",
  "segment.bytes": String(1024 ** 3),
  "segment.ms": String(7 * 24 * 3_600_000),
  "min.compaction.lag.ms": String(7 * 24 * 3_600_000),
};

/** The built-in pipeline (docs/reference-pipeline.md): two stateful stages over payments, exactly once. */
export const reference: PipelineDescription = {
  name: "reference",
  folder: "reference-pipeline",
  guarantee: "exactly-once",
  offsets: "in-transaction",
  speaks: true,
  topics,
  stages: [stage("velocity", "payments", "by-merchant"), stage("settlement", "by-merchant", "settlements")],
  versions: { v1: version("v1"), v2: version("v2") },
  workload: payments("payments"),
  specificationPath: "reference-pipeline/specification.ts",
  mutants: [
    "trust-dirty-store",
    "stale-clean-while-running",
    "silent-format-change",
    "zombie-committer",
    "offsets-outside-txn",
    "commit-on-poll",
    "off-by-one",
    "checkpoint-before-commit",
    "leaky-abort-filter",
    "log-and-skip-commit",
  ],
  points,
  checkpoint(path) {
    const [, stage, partition] = /^(velocity|settlement)-(\d+)\/checkpoints\/\d+$/.exec(path) ?? [];
    return stage === undefined || partition === undefined ? null : { stage, partition: Number(partition) };
  },
  config: (timings, partitions, mutant) => ({
    timings,
    partitions,
    mutant,
    checkpointEvery: 5,
    maxPerTransaction: 300,
  }),
  activate: { topic: "reference.flags", flag: "output-format-2" },
};

function topics(partitions: number): readonly TopicSpec[] {
  return [
    { name: "payments", partitions, config: kept },
    { name: "by-merchant", partitions, config: kept },
    { name: "settlements", partitions, config: kept },
    { name: "velocity-changelog", partitions, config: compacted },
    { name: "settlement-changelog", partitions, config: compacted },
    { name: "reference.flags", partitions: 1, config: compacted },
  ];
}

function stage(name: string, source: string, sink: string): StageSpec {
  return {
    name,
    source,
    group: `reference-${name}`,
    changelog: `${name}-changelog`,
    sinks: [sink],
    transactionalId: (partition) => `reference-${name}-${partition}`,
  };
}

function version(name: string): Launch {
  return {
    argv: ["node", "reference-pipeline/main.ts", "--version", name],
    env: {},
    image: null,
    mounts: ["reference-pipeline", "node_modules", "package.json"],
    sources: [
      "reference-pipeline/main.ts",
      "reference-pipeline/{core,kafka,mutants}/**/*.ts",
      `reference-pipeline/versions/${name}.ts`,
    ],
  };
}
