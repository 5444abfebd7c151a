import type { TaskRef } from "../../model/evidence.ts";
import type { Gate, Reading } from "./gate.ts";
import type { GateView, Task } from "./view.ts";

export const owners: Gate = {
  name: "owners",
  says: "every task is held by exactly one living member, and running there",
  read(view, { members, tasks }) {
    const silent = members.map((member) => silence(view, member)).find((one) => one !== null) ?? null;
    const held = ownership(view, members, tasks);
    return { ...held, missing: silent ?? held.missing };
  },
};

/** How many tasks one living member holds, and the first that is not so held. */
export function ownership(
  view: GateView,
  members: readonly string[],
  tasks: readonly TaskRef[],
): Omit<Reading, "gate"> {
  const living = members.filter((member) => view.members.get(member)?.running === true);
  const held = Map.groupBy(
    living.flatMap((member) => view.members.get(member)?.health?.tasks ?? []),
    ({ stage, partition }) => `${stage}-${partition}`,
  );
  const missing = tasks.map(({ stage, partition }) => {
    const task = `${stage}-${partition}`;
    return unowned(task, held.get(task) ?? []);
  });
  return {
    value: missing.filter((one) => one === null).length,
    bound: tasks.length,
    missing: missing.find((one) => one !== null) ?? null,
  };
}

function silence(view: GateView, member: string): string | null {
  const known = view.members.get(member);
  if (known === undefined || !known.running) return `${member} is down`;
  return known.health === null ? `${member} has not told its health` : null;
}

function unowned(task: string, holders: readonly Task[]): string | null {
  const [holder] = holders;
  if (holder === undefined || holders.length > 1) return `${task} has ${holders.length} owners`;
  return holder.state === "running" ? null : `${task} is ${holder.state}`;
}
