import type { Plan } from "../model/plan.ts";
import type { Misfit } from "../plan/plan-file.ts";
import { matrixLines } from "../preflight/matrix.ts";
import { rollOf } from "../preflight/roll.ts";
import { refusalTexts } from "../preflight/words.ts";
import { descriptionOf } from "./description-of.ts";
import { refutedLines, type Tried } from "./samples.ts";

/** What the versions' declared formats have against a plan that is to be run. A recorded run is judged all the same. */
export function formatMisfits(plan: Plan): readonly Misfit[] {
  const { formats = {} } = descriptionOf(plan);
  const { from } = plan.scenario;
  return refusalTexts(formats, from, rollOf(plan, plan.scenario)).map((message) => ({
    path: ["scenario", "to"],
    message,
  }));
}

/** The matrix of the plan's two versions, with what it rests on. */
export function formatLines(plan: Plan, tried: Tried): readonly string[] {
  const { formats } = descriptionOf(plan);
  if (formats === undefined) return [`\nFormats: ${plan.scenario.pipeline} declares none, so none is checked.`];
  const shown = "why" in tried ? null : tried.trials;
  return [
    `\nFormats, as declared${basisText(tried)}:`,
    ...matrixLines(formats, { from: plan.scenario.from, roll: rollOf(plan, plan.scenario), tried: shown }),
    ...refutedLines(tried).map((line) => `NOT SO: ${line}`),
  ];
}

function basisText(tried: Tried): string {
  if ("why" in tried) return `, and not tried: ${tried.why}`;
  return tried.trials === null ? "; the pipeline offers no samples to try" : "; tried with samples of both versions";
}
