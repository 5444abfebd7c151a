import type { Effect, EffectKind, EffectResults, Job } from "../core/effects.ts";

export type EffectResult = EffectResults[EffectKind];

/**
 * Runs a job of the core: carries out each effect it yields and resumes it with the result. `stillWanted` is asked after
 * every wait and throws when the job's owner was superseded; the job is then never resumed, as if the process had ended.
 */
export async function drive<T>(
  job: Job<T>,
  carryOut: (effect: Effect) => EffectResult | Promise<EffectResult>,
  stillWanted: () => void,
): Promise<T> {
  let step = job.next();
  while (step.done !== true) {
    const result = carryOut(step.value);
    if (!(result instanceof Promise)) step = job.next(result);
    else {
      const awaited = await result;
      stillWanted();
      step = job.next(awaited);
    }
  }
  return step.value;
}
