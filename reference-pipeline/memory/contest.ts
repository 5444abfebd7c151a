import { judge } from "./judge.ts";
import type { Life, LostAnswer } from "./life.ts";
import type { TaskName, Trial } from "./trial.ts";
import { World } from "./world.ts";

/** What happens next between two members that contend for one task. */
export type Move =
  /** The member carries out so many effects; of the last one the answer may be lost. */
  | { readonly kind: "advance"; readonly member: number; readonly effects: number; readonly lost: LostAnswer | null }
  /** The group gives the task to the member; the other learns of it when its transaction is over. */
  | { readonly kind: "give"; readonly member: number }
  /** The member's process dies and starts again at once, at the later release; it has the task if it had it. */
  | { readonly kind: "crash"; readonly member: number };

/** Two members, each with its disk, contend for each task of the trial by these moves; then the owner goes on to the end. */
export function contest(trial: Trial, moves: readonly Move[]): ReadonlySet<string> {
  const world = new World(trial);
  for (const task of trial.tasks) new Contest(world, task).play(moves);
  world.hung += world.cluster.expireTransactions();
  return judge(world);
}

class Contest {
  readonly #world: World;
  readonly #task: TaskName;
  readonly #lives: (Life | null)[] = [null, null];
  readonly #versions;
  #owner = 0;

  constructor(world: World, task: TaskName) {
    this.#world = world;
    this.#task = task;
    this.#versions = [world.trial.from, world.trial.from];
    this.#start();
  }

  play(moves: readonly Move[]): void {
    for (const move of moves) {
      switch (move.kind) {
        case "advance":
          this.#advance(move.member, move.effects, move.lost);
          break;
        case "give":
          this.#lives[1 - move.member]?.revoke();
          this.#owner = move.member;
          this.#start();
          break;
        case "crash":
          this.#crash(move.member);
          break;
        default:
          move satisfies never;
      }
    }
    this.#end();
  }

  /** The owner opens; what it still does for an earlier assignment is brought to its end first. */
  #start(): void {
    const before = this.#lives[this.#owner] ?? null;
    before?.revoke();
    if (before !== null) this.#world.finish(before);
    const version = this.#versions[this.#owner] ?? this.#world.trial.to;
    this.#lives[this.#owner] = this.#world.start(this.#task, {
      member: `member-${this.#owner + 1}`,
      version,
      leaveFrom: null,
    });
  }

  #advance(member: number, effects: number, lost: LostAnswer | null): void {
    for (let left = effects; left > 0; left -= 1) {
      const life = this.#lives[member] ?? null;
      if (life === null) return;
      if (life.end === "left") return;
      if (life.end === null) this.#world.step(life, left === 1 ? (lost ?? undefined) : undefined);
      else if (member === this.#owner) this.#start();
      else this.#lives[member] = null;
    }
  }

  #crash(member: number): void {
    const life = this.#lives[member] ?? null;
    if (life !== null) this.#world.recordDeath(this.#task, life);
    this.#lives[member] = null;
    this.#versions[member] = this.#world.trial.to;
    if (member === this.#owner) this.#start();
  }

  #end(): void {
    const zombie = this.#lives[1 - this.#owner] ?? null;
    zombie?.revoke();
    if (zombie !== null) this.#world.finish(zombie);
    for (;;) {
      const life = this.#lives[this.#owner] ?? null;
      if (life !== null && this.#world.finish(life) === "left" && this.#world.isDone(life)) return;
      this.#start();
    }
  }
}
