import { memberId, type MemberId } from "../model/brand.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { PipelineDescription } from "../model/pipeline.ts";

/** Who owns which task and who is ready, as the members' own health says: for roles and for the start, never for judging. */
export interface Ownership {
  step(event: HistoryEvent): void;
  owner(topic: string, partition: number): MemberId | null;
  /** Every member is ready and every task of every stage has an owner that runs it. */
  settled(members: readonly string[], partitions: number): boolean;
  /** What `settled` waits for: members that are not ready, and tasks, `stage-partition`, that nobody runs. */
  missing(
    members: readonly string[],
    partitions: number,
  ): { readonly notReady: readonly string[]; readonly unowned: readonly string[] };
}

export function startOwnership(description: PipelineDescription): Ownership {
  const sourceOf = new Map(description.stages.map((stage) => [stage.name, stage.source]));
  const running = new Map<string, ReadonlySet<string>>();
  const ready = new Set<string>();
  function missing(members: readonly string[], partitions: number) {
    const owned = new Set([...running.values()].flatMap((tasks) => [...tasks]));
    const unowned = [...sourceOf].flatMap(([stage, source]) =>
      Array.from({ length: partitions }, (_, i) => i).flatMap((i) =>
        owned.has(`${source}-${i}`) ? [] : [`${stage}-${i}`],
      ),
    );
    return { notReady: members.filter((member) => !ready.has(member)), unowned };
  }
  return {
    missing,
    step(event) {
      if (event.kind === "process-started" || event.kind === "process-ended") {
        running.delete(event.process);
        ready.delete(event.process);
      } else if (event.kind === "gauge-health") {
        running.delete(event.member); // so that the latest to say something stands last
        running.set(event.member, runningTasks(event.tasks, sourceOf));
        if (event.ready) ready.add(event.member);
        else ready.delete(event.member);
      }
    },
    owner(topic, partition) {
      const task = `${topic}-${partition}`;
      // A paused member goes on claiming what it owned when it last spoke: the latest claim counts.
      const found = [...running].findLast(([, tasks]) => tasks.has(task));
      return found === undefined ? null : memberId(found[0]);
    },
    settled(members, partitions) {
      const { notReady, unowned } = missing(members, partitions);
      return notReady.length === 0 && unowned.length === 0;
    },
  };
}

function runningTasks(tasks: unknown, sourceOf: ReadonlyMap<string, string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const task of Array.isArray(tasks) ? tasks : []) {
    const { stage, partition, state }: { stage?: unknown; partition?: unknown; state?: unknown } = Object(task);
    const source = typeof stage === "string" ? sourceOf.get(stage) : undefined;
    if (source !== undefined && typeof partition === "number" && state === "running")
      found.add(`${source}-${partition}`);
  }
  return found;
}
