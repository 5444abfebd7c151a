import type { TaskRef, TopicRole } from "../model/evidence.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { tasksOf, type Reader, type Tasks } from "../model/tasks.ts";

export const offsetsTopic = "__consumer_offsets";
export const stateTopic = "__transaction_state";

/** What the description says about topics and transactional ids, looked up once. */
export interface Topology {
  readonly tasks: Tasks;
  /** A topic that is one stage's sink and another's source counts as sink: somebody's transactions write to it. */
  role(topic: string): TopicRole;
  /** Stages that read the topic; empty when none does. */
  readers(topic: string): readonly Reader[];
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
  /** The task that a transactional id stands for; null when the description does not say, or gives several tasks the same one. */
  task(transactionalId: string): TaskRef | null;
  readonly groups: ReadonlySet<string>;
}

/** `partitions`: of topics whose number the description leaves to the scenario. */
export function topologyOf(description: PipelineDescription, partitions: number): Topology {
  const topics = description.topics(partitions);
  const tasks = tasksOf(description, topics);
  const roles = new Map<string, TopicRole>([
    [offsetsTopic, "offsets"],
    [stateTopic, "transactions"],
  ]);
  const byId = new Map<string, TaskRef | null>();
  const { stages, activate } = description;
  if (activate !== null) roles.set(activate.topic, "flags");
  for (const { source } of tasks.readers) roles.set(source, "source");
  for (const stage of stages) {
    for (const sink of stage.sinks) roles.set(sink, "sink");
    if (stage.changelog !== null) roles.set(stage.changelog, "changelog");
    for (let partition = 0; partition < tasks.countOf(stage.name) && stage.transactionalId !== null; partition += 1) {
      const transactionalId = stage.transactionalId(partition);
      byId.set(transactionalId, byId.has(transactionalId) ? null : { stage: stage.name, partition });
    }
  }
  const named = new Set([...roles.keys(), ...topics.map(({ name }) => name)]);
  const readers = Map.groupBy(tasks.readers, ({ source }) => source);
  return {
    tasks,
    role: (topic) => roles.get(topic) ?? "other",
    readers: (topic) => readers.get(topic) ?? [],
    isNamed: (topic) => named.has(topic),
    concerns: ({ transactionalId, partitions: listed }) =>
      byId.has(transactionalId) ||
      listed.some(({ topic }) => topic !== offsetsTopic && named.has(topic)) ||
      listed.every(({ topic }) => topic === offsetsTopic),
    task: (transactionalId) => byId.get(transactionalId) ?? null,
    groups: new Set(stages.map((stage) => stage.group)),
  };
}
