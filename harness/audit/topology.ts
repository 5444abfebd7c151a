import type { TaskRef, TopicRole } from "../model/evidence.ts";
import type { PipelineDescription, StageSpec } from "../model/pipeline.ts";

export const offsetsTopic = "__consumer_offsets";
export const stateTopic = "__transaction_state";

/** What the description says about topics and transactional ids, looked up once. */
export interface Topology {
  /** A topic that is one stage's sink and another's source counts as sink: somebody's transactions write to it. */
  role(topic: string): TopicRole;
  /** Stages that read the topic; empty when none does. */
  readers(topic: string): readonly StageSpec[];
  /** The description names the topic, or it is one of Kafka's own two. */
  isNamed(topic: string): boolean;
  /**
   * Whether a transaction may be the pipeline's: its id is, or it lists one of its topics, or it lists offsets alone. What
   * others write to topics of theirs is nothing to judge.
   */
  concerns(transaction: {
    readonly transactionalId: string;
    readonly partitions: readonly { readonly topic: string }[];
  }): boolean;
  /** The task that a transactional id stands for; null when the description does not say. */
  task(transactionalId: string): TaskRef | null;
  readonly groups: ReadonlySet<string>;
}

export function topologyOf(description: PipelineDescription, partitions: number): Topology {
  const roles = new Map<string, TopicRole>([
    [offsetsTopic, "offsets"],
    [stateTopic, "transactions"],
  ]);
  const tasks = new Map<string, TaskRef>();
  const { stages, activate } = description;
  if (activate !== null) roles.set(activate.topic, "flags");
  for (const stage of stages) roles.set(stage.source, "source");
  for (const stage of stages) {
    for (const sink of stage.sinks) roles.set(sink, "sink");
    if (stage.changelog !== null) roles.set(stage.changelog, "changelog");
    for (let partition = 0; partition < partitions && stage.transactionalId !== null; partition += 1)
      tasks.set(stage.transactionalId(partition), { stage: stage.name, partition });
  }
  const named = new Set([...roles.keys(), ...description.topics(partitions).map(({ name }) => name)]);
  const readers = Map.groupBy(stages, (stage) => stage.source);
  return {
    role: (topic) => roles.get(topic) ?? "other",
    readers: (topic) => readers.get(topic) ?? [],
    isNamed: (topic) => named.has(topic),
    concerns: ({ transactionalId, partitions: listed }) =>
      tasks.has(transactionalId) ||
      listed.some(({ topic }) => topic !== offsetsTopic && named.has(topic)) ||
      listed.every(({ topic }) => topic === offsetsTopic),
    task: (transactionalId) => tasks.get(transactionalId) ?? null,
    groups: new Set(stages.map((stage) => stage.group)),
  };
}
