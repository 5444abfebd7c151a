import type { Effect } from "../core/effects.ts";
import { stages } from "../core/stages.ts";
import type { Life } from "./life.ts";
import type { Injury, Outcome, TaskName, Trial } from "./trial.ts";
import { batch, World } from "./world.ts";

/** Runs a trial to the end of its input. Throws what the core throws, and when the job does not get on. */
export function runTrial(trial: Trial, injuries: ReadonlyMap<TaskName, readonly Injury[]>): Outcome {
  const world = new World(trial);
  for (const task of trial.tasks) {
    runTask(world, task, injuries.get(task) ?? []);
    world.hung += world.cluster.expireTransactions();
  }
  return world;
}

/** Member 1 leads the task to the end of its input, with one orderly restart in the middle, at the later release. */
function runTask(world: World, task: TaskName, injuries: readonly Injury[]): void {
  const { from, to } = world.trial;
  const effects: Effect["kind"][] = [];
  world.effects.set(task, effects);
  let restartAt: number | null = middleOf(world, task);
  let life = world.start(task, { member: "member-1", version: from, leaveFrom: restartAt });
  for (;;) {
    const lost = injuries.find((one) => one.kind === "answer-lost" && one.at === effects.length + 1);
    const effect = world.step(life, lost?.kind === "answer-lost" ? lost.effect : undefined);
    if (effect === null) {
      if (life.end === "left" && world.isDone(life)) return;
      if (life.end === "left") restartAt = null;
      const version = life.end === "left" ? to : life.seat.context.version;
      life = world.start(task, { member: "member-1", version, leaveFrom: restartAt });
      continue;
    }
    effects.push(effect);
    const injury = injuries.find((one) => one.kind !== "answer-lost" && one.after === effects.length);
    if (injury === undefined) continue;
    const successor = injure(world, { task, kind: injury.kind, old: life, restartAt });
    if (successor === null) return;
    life = successor;
  }
}

interface Case {
  readonly task: TaskName;
  readonly kind: Injury["kind"];
  readonly old: Life;
  readonly restartAt: number | null;
}

/** The life with which member 1 goes on; null when member 2 led the task to its end. */
function injure(world: World, { task, kind, old, restartAt }: Case): Life | null {
  const { to } = world.trial;
  if (kind === "crash") {
    world.recordDeath(task, old);
    return world.start(task, { member: "member-1", version: to, leaveFrom: restartAt });
  }
  if (kind === "stop") {
    old.drain();
    world.finish(old);
    world.recordDeath(task, old);
    return world.start(task, { member: "member-1", version: to, leaveFrom: restartAt });
  }
  let other = world.start(task, { member: "member-2", version: to, leaveFrom: null });
  const began = other.seat.position;
  while (other.end === null && other.seat.position < began + batch) world.step(other);
  old.revoke();
  if (kind === "takeover-and-back") {
    other.revoke();
    world.finish(other);
    world.finish(old);
    return world.start(task, { member: "member-1", version: old.seat.context.version, leaveFrom: restartAt });
  }
  world.finish(old);
  // The old owner may have been paused before its fence, and then fences the other, who owns the task and opens it again.
  while (world.finish(other) !== "left")
    other = world.start(task, { member: "member-2", version: to, leaveFrom: null });
  return null;
}

function middleOf({ cluster }: World, { stage, partition }: TaskName): number {
  const source = cluster.readCommitted(stages[stage].topics.source, partition, 0);
  return source[Math.floor(source.length / 2)]?.offset ?? 0;
}
