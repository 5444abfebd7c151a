import type { Gate } from "./gate.ts";

/** What the checks find is preliminary, but no wait makes it go away. */
export const anomalies: Gate = {
  name: "anomalies",
  says: "the online checks (upgrade.online-checks) have looked at all that was before this wait, and found no anomaly",
  read({ levels }, { since }) {
    const { anomalies: value, checkedTo } = levels;
    if (value > 0)
      return { value, bound: 0, missing: `${value} anomalies were seen in the running history`, isFinal: true };
    if (checkedTo < since) return { value: null, bound: 0, missing: "the online checks have not come so far" };
    return { value, bound: 0, missing: null };
  },
};
