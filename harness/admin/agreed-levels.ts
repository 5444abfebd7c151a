import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { finalisedLevels } from "./feature-levels.ts";
import type { Environment } from "../model/environment.ts";
import type { FeatureLevels } from "../model/kafka-features.ts";

/** A broker that serves has read the metadata log; a follower may be a moment behind. */
const agreeMs = 10_000;

export interface Asking {
  readonly signal: AbortSignal;
  /** The levels of the broker at `host:port`; null: it does not answer. */
  readonly ask?: (bootstrap: string) => Promise<FeatureLevels | null>;
  readonly timeoutMs?: number;
}

/**
 * The feature levels that every broker has finalised. Throws `environment-unavailable` when a broker says other levels than its
 * storage was formatted with: the verdict would be about another protocol than the one that was asked for.
 */
export async function agreedLevels(
  { brokers, directBootstrap, features }: Pick<Environment, "brokers" | "directBootstrap" | "features">,
  { signal, ask = finalisedLevels, timeoutMs = agreeMs }: Asking,
): Promise<FeatureLevels> {
  let differing: readonly string[] = [];
  const remedy = "Read brokers/*/log in the run directory.";
  try {
    return await until({ what: "every broker to name its feature levels", timeoutMs, signal, remedy }, async () => {
      const said = await Promise.all(directBootstrap.map(ask));
      differing = said.flatMap((levels, i) => differences(brokers[i] ?? "", levels, features));
      return differing.length === 0 ? features : undefined;
    });
  } catch (cause) {
    signal.throwIfAborted();
    if (differing.length === 0) throw cause;
    throw new RollproofError(
      "environment-unavailable",
      `The brokers do not have the feature levels that their storage was formatted with: ${differing.join("; ")}.`,
      { remedy, cause },
    );
  }
}

/** Where a broker's levels are not the wanted ones, in words. */
function differences(broker: string, levels: FeatureLevels | null, wanted: FeatureLevels): readonly string[] {
  if (levels === null) return [`${broker} does not say its levels`];
  const names = new Set([...Object.keys(wanted), ...Object.keys(levels)]);
  return [...names].flatMap((name) => {
    const [has, due] = [levels[name] ?? 0, wanted[name] ?? 0];
    return has === due ? [] : [`${broker} has ${name} ${has} instead of ${due}`];
  });
}
