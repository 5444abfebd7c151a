import type { Finding } from "../../model/finding.ts";
import type { Plan } from "../../model/plan.ts";
import { findingOf } from "../findings.fixture.ts";
import type { World } from "../hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";
import { rolling } from "../../program/program.fixture.ts";

/** Who works on task 0; v1's are member-1 and member-3, v2's member-2 and member-4. */
export type Worker = "member-1" | "member-2" | "member-3" | "member-4";

export const rollPlan: Plan = {
  ...toyPlan({ members: 4 }),
  program: rolling(["member-2", "member-4"]),
};

export const old = ["k1", "k2", "k3", "k4"];
export const fresh = ["n1", "n2", "n3", "n4"];

/** The worker opens task 0 and answers one input of each key; `wrong` ones not as f says. */
export function opens(world: World, worker: Worker, keys: readonly string[], wrong: readonly string[] = []): void {
  world.open(0, { member: worker, version: worker === "member-1" || worker === "member-3" ? "v1" : "v2" });
  answers(world, keys, wrong);
}

/** The same without an opening: state is in memory. */
export function answers(world: World, keys: readonly string[], wrong: readonly string[] = []): void {
  for (const key of keys) world.input(0, key);
  world.transact(0, {
    edit: (draft) => {
      draft.outputs = draft.outputs.map((row) =>
        wrong.includes(String(row.key))
          ? { ...row, value: `${row.value?.startsWith("n=") === true ? "n=" : ""}99` }
          : row,
      );
    },
  });
}

export function judgeRoll(
  invariant: "UP1" | "UP2",
  world: World,
  plan = rollPlan,
  description = toyDescription,
): Finding {
  return findingOf(invariant, world.finish({}, { plan }), { plan, description });
}
