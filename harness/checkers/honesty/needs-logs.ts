import type { CheckerContext } from "../../model/finding.ts";
import { commitKey } from "../../model/evidence.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";
import { tasksOf } from "../../model/tasks.ts";
import type { Missing, NeedsOfTheme } from "./needs-of-theme.ts";

const internalTopics = ["__consumer_offsets", "__transaction_state"] as const;

/**
 * The tail names every partition of the description and of Kafka's own topics, each is read to its end after the members have ended,
 * and by then each group is asked for its offsets.
 */
export function logNeeds({ plan, description }: CheckerContext): NeedsOfTheme {
  const named = new Set<string>();
  const settled = new Set<string>();
  const fetched = new Set<string>();
  let isFinalRead = false;
  const { partitions } = plan.scenario.workload;
  return {
    step(event) {
      if (event.kind === "run-phase" && event.phase === "final-read") isFinalRead = true;
      if (event.kind === "tail-started") for (const log of event.partitions) named.add(log);
      if (!isFinalRead) return;
      if (event.kind === "tail-settled" || event.kind === "tail-failed")
        settled.add(`${event.topic}-${event.partition}`);
      if (event.kind === "offset-fetched") fetched.add(`${event.group}/${event.topic}-${event.partition}`);
    },
    missing(): readonly Missing[] {
      const due = new Set([...logsOf(description, partitions), ...internalLogs(named), ...named]);
      return [
        ...[...due].filter((log) => !named.has(log)).map((of) => ({ kind: "tail-started" as const, of })),
        ...[...due].filter((log) => !settled.has(log)).map((of) => ({ kind: "tail-settled" as const, of })),
        ...offsetsOf(description, partitions)
          .filter((offset) => !fetched.has(offset))
          .map((of) => ({ kind: "offset-fetched" as const, of })),
      ];
    },
  };
}

function logsOf(description: PipelineDescription, partitions: number): readonly string[] {
  return description
    .topics(partitions)
    .flatMap((topic) => Array.from({ length: topic.partitions }, (_, p) => `${topic.name}-${p}`));
}

/** Of each at least one partition, and none left out below the highest. */
function internalLogs(named: ReadonlySet<string>): readonly string[] {
  return internalTopics.flatMap((topic) => {
    const numbers = [...named]
      .filter((log) => log.startsWith(`${topic}-`))
      .map((log) => Number(log.slice(topic.length + 1)));
    const count = Math.min(1 + Math.max(0, ...numbers.filter(Number.isSafeInteger)), internalPartitionsMax);
    return Array.from({ length: count }, (_, p) => `${topic}-${p}`);
  });
}

/** No broker is set up with more. */
const internalPartitionsMax = 1_000;

function offsetsOf(description: PipelineDescription, partitions: number): readonly string[] {
  return tasksOf(description, description.topics(partitions)).all.flatMap(({ group, reads }) =>
    reads.map(({ topic, partition }) => commitKey(group, topic, partition)),
  );
}
