import { brokersAt } from "../environment/cluster/broker-versions.ts";
import { chooseEnvironment } from "../environment/choose.ts";
import type { ChosenEnvironment, EnvironmentChoice } from "../model/environment.ts";
import type { Plan } from "../model/plan.ts";
import { descriptionOf } from "./description-of.ts";
import { preflight } from "./preflight.ts";

/**
 * The one environment in which all these plans are run: what the choice comes to on this machine, with every image that they
 * need. Throws `environment-unavailable`, and `capability-missing` for a plan that it cannot carry out.
 */
export async function placeFor(
  plans: readonly Plan[],
  choice: EnvironmentChoice,
  signal: AbortSignal,
): Promise<ChosenEnvironment> {
  const needs = plans.map((plan) => {
    const { brokers, images, from, to } = plan.scenario;
    const { versions } = descriptionOf(plan);
    const members = [from, to].map((version) => versions[version]?.image ?? null);
    return { brokers: brokersAt(brokers), images, members };
  });
  const environment = await chooseEnvironment(choice, { needs, signal });
  for (const plan of plans) preflight(plan, environment);
  return environment;
}
