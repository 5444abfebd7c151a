import type { SloName } from "../../model/scenario.ts";
import type { Gate } from "./gate.ts";
import type { Levels } from "./levels.ts";

/** A gate on a count since the upgrade's first act, which no wait makes smaller. */
export function countGate(
  name: SloName,
  options: { readonly says: string; readonly what: string; readonly count: (levels: Levels) => number },
): Gate {
  return {
    name,
    says: options.says,
    read({ levels }, { slo }) {
      const bound = slo[name] ?? 0;
      const value = options.count(levels);
      if (value <= bound) return { value, bound, missing: null };
      return {
        value,
        bound,
        missing: `${value} ${options.what} since the upgrade began, above ${bound}`,
        isFinal: true,
      };
    },
  };
}
