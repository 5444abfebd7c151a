import type { TaskRef } from "./evidence.ts";
import type { PipelineDescription, StageSpec, TopicSpec } from "./pipeline.ts";

/** A stage as the reader of one of its sources: what offsets, causes and effects are told by. */
export interface Reader extends StageSpec {
  readonly source: string;
}

export interface SourcePartition {
  readonly topic: string;
  readonly partition: number;
}

/** A stage's share of work that has one owner at a time: partition p of each of its sources that has one. */
export interface Task extends TaskRef {
  /** `velocity-3`: how gauges, findings and directories name it. */
  readonly name: string;
  readonly group: string;
  /** In the order of the stage's sources. */
  readonly reads: readonly SourcePartition[];
}

/** What there is to do in a pipeline, derived from its description alone. */
export interface Tasks {
  /** In the order of the stages, then by partition. */
  readonly all: readonly Task[];
  readonly stages: readonly StageSpec[];
  readonly readers: readonly Reader[];
  /** How many tasks a stage has: as many as the widest of its sources has partitions. 0: there is no such stage. */
  countOf(stage: string): number;
  /** 0: the description does not name the topic. */
  partitionsOf(topic: string): number;
  task(stage: string, partition: number): Task | undefined;
  /** Tasks that read the partition: one for each stage that reads the topic; of a group, at most one. */
  reading(place: SourcePartition): readonly Task[];
}

/** Every stage once for each of its sources, in the order of the description. */
export function readersOf({ stages }: Pick<PipelineDescription, "stages">): readonly Reader[] {
  return stages.flatMap((stage) => stage.sources.map((source) => ({ ...stage, source })));
}

/**
 * The tasks of a pipeline whose topics have these partition counts: `tasksOf(description, description.topics(n))`, where n is the
 * scenario's `workload.partitions`.
 */
export function tasksOf(
  description: Pick<PipelineDescription, "stages">,
  topics: readonly Pick<TopicSpec, "name" | "partitions">[],
): Tasks {
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  const all = description.stages.flatMap((stage) => tasksOfStage(stage, counts));
  const byName = new Map(all.map((task) => [task.name, task]));
  const byPlace = new Map<string, Task[]>();
  for (const task of all)
    for (const place of task.reads) byPlace.set(nameOf(place), [...(byPlace.get(nameOf(place)) ?? []), task]);
  return {
    all,
    stages: description.stages,
    readers: readersOf(description),
    countOf: (stage) => all.reduce((count, task) => (task.stage === stage ? count + 1 : count), 0),
    partitionsOf: (topic) => counts.get(topic) ?? 0,
    task: (stage, partition) => byName.get(taskName(stage, partition)),
    reading: (place) => byPlace.get(nameOf(place)) ?? [],
  };
}

function tasksOfStage(
  { name: stage, group, sources }: StageSpec,
  counts: ReadonlyMap<string, number>,
): readonly Task[] {
  const widths = sources.map((topic) => {
    const width = counts.get(topic);
    // Taken for 0, gates and drain would wait for nothing.
    if (width === undefined)
      throw new Error(`Stage ${stage} reads ${topic}, which is not among the pipeline's topics.`);
    return { topic, width };
  });
  return Array.from({ length: Math.max(0, ...widths.map(({ width }) => width)) }, (_, partition) => ({
    stage,
    partition,
    name: taskName(stage, partition),
    group,
    reads: widths.flatMap(({ topic, width }) => (partition < width ? [{ topic, partition }] : [])),
  }));
}

/** What makes stages impossible to tell apart in the logs: by index of the stage, in words. */
export function stageConflicts(
  stages: readonly StageSpec[],
): readonly { readonly stage: number; readonly why: string }[] {
  return stages.flatMap((stage, i) =>
    stages.slice(0, i).flatMap((other) => {
      const why = conflict(other, stage);
      return why === null ? [] : [{ stage: i, why }];
    }),
  );
}

function conflict(one: StageSpec, other: StageSpec): string | null {
  const shared = other.sources.find((source) => one.sources.includes(source));
  if (shared !== undefined && one.group === other.group)
    return `${one.name} reads ${shared} in group ${one.group}, too: a group commits one offset for a partition, so they need groups of their own`;
  const sink = other.sinks.find((topic) => one.sinks.includes(topic));
  if (shared !== undefined && sink !== undefined)
    return `${one.name} reads ${shared} and writes ${sink}, too: whose output a record of ${sink} is cannot be told`;
  if (other.changelog !== null && other.changelog === one.changelog)
    return `${other.changelog} is the changelog of ${one.name} already`;
  return null;
}

export function taskName(stage: string, partition: number): string {
  return `${stage}-${partition}`;
}

function nameOf({ topic, partition }: SourcePartition): string {
  return `${topic}-${partition}`;
}
