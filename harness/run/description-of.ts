import { RollproofError } from "../base/errors.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { pipelines } from "../pipeline/catalogue.ts";

/** The description of the pipeline that a plan names. Throws `plan-invalid` when there is none of that name. */
export function descriptionOf(plan: Plan): PipelineDescription {
  const description = pipelines.get(plan.scenario.pipeline);
  if (description === undefined)
    throw new RollproofError("plan-invalid", `There is no pipeline ${plan.scenario.pipeline}.`, {
      remedy: `Use one of ${[...pipelines.keys()].join(", ")}.`,
    });
  return description;
}
