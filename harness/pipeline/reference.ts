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
  formats: {
    v1: {
      state: { writes: "1", reads: ["1", "2"] },
      changelog: { writes: "1", reads: ["1"] },
      repartition: { writes: "1", reads: ["1", "2"] },
      output: { writes: "1", reads: ["1"] },
      checkpoint: { writes: "1", reads: ["1"] },
      flags: [],
    },
    v2: {
      state: { writes: "2", reads: ["1", "2"] },
      changelog: { writes: "1", reads: ["1"] },
      repartition: { writes: "1", afterFinalise: "2", reads: ["1", "2"] },
      output: { writes: "1", afterFinalise: "2", reads: ["1", "2"] },
      checkpoint: { writes: "1", reads: ["1"] },
      flags: ["output-format-2"],
    },
  },
  samples: { argv: ["node", "reference-pipeline/samples/main.ts", "${VERSION}", "${MUTANT}"] },
  workload: payments("payments"),
  specificationPath: "reference-pipeline/specification.ts",
  mutants: [
    "trust-dirty-store",
    "stale-clean-while-running",
    "checkpoint-written-not-restored",
    "restore-reads-uncommitted",
    "wipe-without-seek",
    "restore-past-commit",
    "dedup-cache-not-logged",
    "purge-consumed",
    "zombie-changelog",
    "silent-format-change",
    "eager-new-format",
    "no-rollback-read",
    "zombie-committer",
    "latest-when-none",
    "offsets-outside-txn",
    "log-and-skip-commit",
    "orphan-txn",
    "commit-on-poll",
    "off-by-one",
    "off-by-one-on-velocity",
    "partitioner-drift",
    "revoke-late",
    "slow-handler-skip",
    "checkpoint-before-commit",
    "torn-checkpoint",
    "read-uncommitted-source",
    "txn-id-collision",
    "compacted-delete-resurrect",
    "hung-drain",
    "wait-for-marker",
    "leaky-abort-filter",
    "rollback-resets-offsets",
    "downgrade-only-on-close",
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
  activate: {
    topic: "reference.flags",
    flag: "output-format-2",
    // v1 reads schema 2, so v2 writes it from its first commit on.
    formats: { outputs: { before: ["1"], after: ["2"] }, states: { before: ["1", "2"], after: [] } },
  },
};

function topics(partitions: number): readonly TopicSpec[] {
  return [
    { name: "payments", partitions, config: kept },
    { name: "by-merchant", partitions, config: kept, partitioning: "by-key" },
    { name: "settlements", partitions, config: kept, partitioning: "by-key" },
    { name: "velocity-changelog", partitions, config: compacted },
    { name: "settlement-changelog", partitions, config: compacted },
    { name: "reference.flags", partitions: 1, config: compacted },
  ];
}

function stage(name: string, source: string, sink: string): StageSpec {
  return {
    name,
    sources: [source],
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
