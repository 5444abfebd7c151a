import { memberId, type MemberId } from "../model/brand.ts";
import type { HistoryEvent } from "../model/event.ts";
import { taskName, type Tasks } from "../model/tasks.ts";

/** Who owns which task and who is ready, as the members' own health says: for roles and for the start, never for judging. */
export interface Ownership {
  step(event: HistoryEvent): void;
  /** `group`: whose reader; null where one group alone reads the topic. */
  owner(place: { readonly topic: string; readonly partition: number; readonly group: string | null }): MemberId | null;
  /** Every member is ready and every task of every stage has an owner that runs it. */
  settled(members: readonly string[]): boolean;
  /** What `settled` waits for: members that are not ready, and tasks, `stage-partition`, that nobody runs. */
  missing(members: readonly string[]): { readonly notReady: readonly string[]; readonly unowned: readonly string[] };
}

export function beginOwnership(tasks: Tasks): Ownership {
  const running = new Map<string, ReadonlySet<string>>();
  const ready = new Set<string>();
  function missing(members: readonly string[]) {
    const owned = new Set([...running.values()].flatMap((own) => [...own]));
    const unowned = tasks.all.flatMap(({ name }) => (owned.has(name) ? [] : [name]));
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
        running.set(event.member, runningTasks(event.tasks));
        if (event.ready) ready.add(event.member);
        else ready.delete(event.member);
      }
    },
    owner({ group, ...place }) {
      const names = tasks.reading(place).flatMap((task) => (group === null || task.group === group ? [task.name] : []));
      // A paused member goes on claiming what it owned when it last spoke: the latest claim counts.
      const found = [...running].findLast(([, own]) => names.some((name) => own.has(name)));
      return found === undefined ? null : memberId(found[0]);
    },
    settled(members) {
      const { notReady, unowned } = missing(members);
      return notReady.length === 0 && unowned.length === 0;
    },
  };
}

/** Names of tasks. */
function runningTasks(tasks: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  for (const task of Array.isArray(tasks) ? tasks : []) {
    const { stage, partition, state }: { stage?: unknown; partition?: unknown; state?: unknown } = Object(task);
    if (typeof stage === "string" && typeof partition === "number" && state === "running")
      found.add(taskName(stage, partition));
  }
  return found;
}
