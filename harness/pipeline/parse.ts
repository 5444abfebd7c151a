import { RollproofError } from "../base/errors.ts";
import { unknownName } from "../base/did-you-mean.ts";
import { problemsOf } from "../base/schema-problems.ts";
import { isProblems, readSourceText, renderProblems, type Path, type Problem } from "../base/source-text.ts";
import type { Launch, PipelineDescription, StageSpec, TopicSpec, WorkloadGenerator } from "../model/pipeline.ts";
import { stageConflicts } from "../model/tasks.ts";
import { formatMisfits, formatsOf, placeText } from "./formats.ts";
import { kept } from "./kept.ts";
import { pipelineSchema, pipelineWords, type PipelineFile } from "./schema.ts";
import { templateNames, templatesIn } from "./variables.ts";

/** Generators of input by the name that a pipeline's `workload` gives; each makes the records of one topic. */
export type Generators = ReadonlyMap<string, (topic: string) => WorkloadGenerator>;

export interface PipelinePlace {
  /** The folder's own name: the pipeline's. */
  readonly name: string;
  /** From the repository's root, with `/`. */
  readonly folder: string;
  readonly generators: Generators;
}

/**
 * A pipeline.yaml's text, checked: hostile input, so sizes are bounded and every path stays inside its folder. Throws
 * `scenario-invalid` with every problem at once, each with line and column.
 */
export function parsePipeline(text: string, place: PipelinePlace): PipelineDescription {
  const file = `${place.folder}/pipeline.yaml`;
  const source = readSourceText(text);
  if (isProblems(source)) throw invalid(file, source);
  const read = pipelineSchema.safeParse(source.value);
  if (!read.success) throw invalid(file, problemsOf(read.error.issues, source, pipelineWords));
  const problems = misfits(read.data, place).map(({ path, message }) => ({ ...source.valueAt(path), message }));
  if (problems.length > 0) throw invalid(file, problems);
  const formats = formatsOf(read.data, (path) => placeText(file, source.valueAt(path)));
  return { ...descriptionOf(read.data, place), ...(formats === undefined ? {} : { formats }) };
}

function invalid(file: string, problems: readonly Problem[]): RollproofError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new RollproofError("scenario-invalid", `The pipeline has ${count}:\n${renderProblems(file, problems)}`, {
    remedy: "Mend the lines named; docs/writing-a-pipeline.md lists every key and its form.",
  });
}

interface Misfit {
  readonly path: Path;
  readonly message: string;
}

/** Names that stand for nothing, and what does not fit together. */
function misfits(file: PipelineFile, { generators }: PipelinePlace): readonly Misfit[] {
  const topics = Object.keys(file.topics);
  const topic = (path: Path, name: string): readonly Misfit[] =>
    topics.includes(name) ? [] : [{ path, message: unknownName("topic", name, topics) }];
  const texts: (readonly [Path, string])[] = [
    ...file.launch.argv.map((text, i) => [["launch", "argv", i], text] as const),
    ...(file.samples?.argv ?? []).map((text, i) => [["samples", "argv", i], text] as const),
    ...Object.entries(file.launch.env).map(([name, text]) => [["launch", "env", name], text] as const),
  ];
  const stages = stagesOf(file);
  const { workload } = file;
  return [
    ...stages.flatMap(({ name, sources, changelog, sinks }) => [
      ...sources.flatMap((source, i) => [
        ...topic(["stages", name, "source", i], source),
        ...(sources.indexOf(source) === i
          ? []
          : [{ path: ["stages", name, "source", i], message: `${source} is named twice` }]),
      ]),
      ...(changelog === null ? [] : topic(["stages", name, "changelog"], changelog)),
      ...sinks.flatMap((sink, i) => topic(["stages", name, "sinks", i], sink)),
    ]),
    ...stageConflicts(stages).map(({ stage, why }) => ({ path: ["stages", stages[stage]?.name ?? ""], message: why })),
    ...topic(["workload", "topic"], workload.topic),
    ...(topics.includes(workload.topic) && !stages.some(({ sources }) => sources.includes(workload.topic))
      ? [
          {
            path: ["workload", "topic"],
            message: `no stage reads ${workload.topic}: what its reader loses is not noticed`,
          },
        ]
      : []),
    ...(generators.has(workload.generator)
      ? []
      : [
          {
            path: ["workload", "generator"],
            message: unknownName("generator", workload.generator, [...generators.keys()]),
          },
        ]),
    ...formatMisfits(file),
    ...texts.flatMap(([path, text]) =>
      templatesIn(text)
        .filter((name) => !templateNames.includes(name))
        .map((name) => ({ path, message: unknownName("template", name, templateNames) })),
    ),
  ];
}

function descriptionOf(file: PipelineFile, { name, folder, generators }: PipelinePlace): PipelineDescription {
  const { guarantee, offsets, mutants, specification, samples, workload } = file;
  const generator = generators.get(workload.generator);
  if (generator === undefined) throw new Error(`misfits let the generator ${workload.generator} pass`);
  return {
    name,
    folder,
    guarantee,
    offsets,
    speaks: false,
    topics: (partitions) => topicsOf(file, partitions),
    stages: stagesOf(file),
    versions: Object.fromEntries(
      Object.keys(file.versions).map((version) => [version, launchOf(file, version, folder)]),
    ),
    ...(samples === undefined ? {} : { samples }),
    workload: generator(workload.topic),
    specificationPath: specification === null ? null : `${folder}/${specification}`,
    mutants,
    points: [],
    checkpoint: null,
    config: (timings, partitions, mutant) => ({ timings, partitions, mutant }),
    activate: null,
  };
}

function stagesOf({ stages }: PipelineFile): readonly StageSpec[] {
  return Object.entries(stages).map(([name, { source, group, changelog, sinks }]) => ({
    name,
    sources: [source].flat(),
    group,
    changelog,
    sinks,
    transactionalId: null,
  }));
}

function topicsOf({ topics }: PipelineFile, partitions: number): readonly TopicSpec[] {
  return Object.entries(topics).map(([name, topic]) => ({
    name,
    partitions: topic.partitions ?? partitions,
    config: { ...kept, ...topic.config },
    ...(topic.partitioning !== undefined && { partitioning: topic.partitioning }),
  }));
}

function launchOf({ launch, versions }: PipelineFile, version: string, folder: string): Launch {
  const { argv, env, image } = launch;
  const sources = versions[version]?.sources ?? [];
  return { argv, env, image, mounts: [folder], sources: sources.map((path) => `${folder}/${path}`) };
}
