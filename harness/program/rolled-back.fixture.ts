import type { EventBody } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Program } from "../model/program.ts";
import type { UpgradeSpec } from "../model/scenario.ts";
import { begunAfter, wayBack } from "../model/way-back.ts";
import { actPassed, actSettled, rolling } from "./program.fixture.ts";
import { compileBack } from "./way-back.ts";

/** The plan with a rolling upgrade of these members that may be rolled back. */
export function rollingBack(
  plan: Plan,
  members: readonly string[],
  rollBack: Pick<UpgradeSpec, "onGateTimeout" | "rollBackAfter">,
): Plan & { readonly back: Program } {
  const upgrade = { ...plan.scenario.upgrade, ...rollBack };
  const program = rolling(members);
  const back = compileBack(program, { members, from: "v1", to: "v2", upgrade, flag: null });
  return { ...plan, scenario: { ...plan.scenario, upgrade }, program, back };
}

/** The acts begin, their gates let them pass, and they settle. */
export function carriedOut(acts: Program): readonly EventBody[] {
  return acts.flatMap(({ id }) => [...actPassed(acts, id), actSettled(acts, id)]);
}

/** All acts of the way back from this one. */
export function cameBack({ program, back = [] }: Plan, act: string): readonly EventBody[] {
  return carriedOut(wayBack(back, begunAfter(program, act)));
}
