import { z } from "zod";
import type { FileWords } from "../base/schema-problems.ts";
import { formatKinds, type FormatKind } from "../model/formats.ts";
import { imageFault } from "../model/image.ts";

/** The keys of a pipeline.yaml and their forms (docs/writing-a-pipeline.md). Names are checked against each other in parse.ts. */

const word = z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, {
  error: "expected a name of letters, digits, `_`, `-` and `.`",
});
const topicName = z.string().regex(/^(?!__)(?!\.{1,2}$)[\w.-]{1,249}$/, {
  error: "expected a topic's name: letters, digits, `.`, `_` and `-`, not beginning with `__`",
});
/** Inside the pipeline's folder: relative, no `..`; globs are allowed in the last parts of `sources`. */
const path = z
  .string()
  .max(300)
  .regex(/^(?![/\\~])[^\\\0:]+$/, { error: "expected a path inside the pipeline's folder" })
  .refine((text) => text.split("/").every((part) => part !== ".." && part !== "." && part !== ""), {
    error: "expected a path inside the pipeline's folder",
  });
const argument = z
  .string()
  .max(4_000)
  .regex(/^[^\0]*$/, { error: "expected a text without NUL" });
const environmentName = z
  .string()
  .regex(/^[A-Za-z_]\w{0,99}$/, { error: "expected the name of an environment variable" });
const image = z.string({ error: "expected an image's name" }).superRefine((text, check) => {
  const message = imageFault("member", text);
  if (message !== null) check.addIssue({ code: "custom", message });
});
/** The keys and values of a mapping, at least one of them. */
function some<K extends z.ZodType<string>, V extends z.ZodType>(key: K, value: V, max: number) {
  return z.record(key, value).refine((all) => Object.keys(all).length > 0 && Object.keys(all).length <= max, {
    error: `expected 1 to ${max} entries`,
  });
}

const topicShape = {
  partitions: z.int().min(1).max(64).optional(),
  config: z
    .record(z.string().regex(/^[a-z.]{1,100}$/, { error: "expected a topic setting" }), z.string().max(200))
    .default({}),
  partitioning: z.enum(["by-key", "free"]).optional(),
};
/** One topic, or several that are co-partitioned. */
const sources = z.union([topicName, z.array(topicName).min(1).max(20)]);
const stageShape = {
  source: sources,
  group: word,
  changelog: topicName.nullable().default(null),
  sinks: z.array(topicName).max(20),
};
const workloadShape = { generator: z.string(), topic: topicName };
const launchShape = {
  argv: z.array(argument).min(1).max(200),
  env: z.record(environmentName, argument).default({}),
  image: image.nullable().default(null),
};
const samplesShape = { argv: launchShape.argv };
const formatUseShape = {
  writes: word,
  "after-finalise": word.exactOptional(),
  reads: z.array(word).max(50),
  rewrites: z.boolean().exactOptional(),
};
const formatUse = z.strictObject(formatUseShape).exactOptional();
const formatsShape = {
  state: formatUse,
  changelog: formatUse,
  repartition: formatUse,
  output: formatUse,
  checkpoint: formatUse,
} satisfies Record<FormatKind, z.ZodType>;
const versionShape = {
  sources: z.array(path).min(1).max(100),
  formats: z.strictObject(formatsShape).exactOptional(),
};

const pipelineShape = {
  guarantee: z.enum(["exactly-once", "at-least-once"]),
  offsets: z.enum(["in-transaction", "group"]),
  topics: some(topicName, z.strictObject(topicShape), 50),
  stages: some(word, z.strictObject(stageShape), 20),
  workload: z.strictObject(workloadShape),
  specification: path.nullable().default(null),
  mutants: z.array(word).max(100).default([]),
  launch: z.strictObject(launchShape),
  samples: z.strictObject(samplesShape).exactOptional(),
  versions: some(word, z.strictObject(versionShape), 50),
};

export const pipelineSchema = z.strictObject(pipelineShape);
export type PipelineFile = z.output<typeof pipelineSchema>;

/** Keys of the mappings; `*` stands for a name that the file gives. */
const shapes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "topics.*": topicShape,
  "stages.*": stageShape,
  workload: workloadShape,
  launch: launchShape,
  samples: samplesShape,
  "versions.*": versionShape,
  "versions.*.formats": formatsShape,
  ...Object.fromEntries(formatKinds.map((kind) => [`versions.*.formats.${kind}`, formatUseShape])),
};

/** How messages speak of a pipeline.yaml. */
export const pipelineWords: FileWords = {
  whole: "the pipeline",
  keysAt([first, second, ...below]) {
    if (first === undefined) return Object.keys(pipelineShape);
    return Object.keys(shapes[second === undefined ? first : [first, "*", ...below].join(".")] ?? {});
  },
  branchOf: (_, written) => (Array.isArray(written) ? 1 : 0),
};
