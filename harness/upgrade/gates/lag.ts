import type { Gate } from "./gate.ts";
import type { GateView } from "./view.ts";

/** Samples from before the wait say nothing: they are of the members' lives before. */
export const lag: Gate = {
  name: "lag",
  says: "no member's tasks together lag by more than gates.lag-max records",
  read(view, { act, bounds, since }) {
    const bound = bounds.lagMax;
    let worst = { member: "", lag: 0 };
    for (const member of act.members) {
      const sampled = lagOf(view, member, since);
      if (typeof sampled === "string") return { value: null, bound, missing: sampled };
      if (sampled > worst.lag) worst = { member, lag: sampled };
    }
    const missing = worst.lag <= bound ? null : `${worst.member} lags by ${worst.lag} records, above ${bound}`;
    return { value: worst.lag, bound, missing };
  },
};

/** Over the member's tasks, of samples after `since`; or which sample is missing. */
export function lagOf(view: GateView, member: string, since: number): number | string {
  const tasks = view.members.get(member)?.health?.tasks;
  if (tasks === undefined) return `${member} has not told its health`;
  let total = 0;
  for (const { stage, partition } of tasks) {
    const sample = view.lags.get(`${stage}-${partition}`);
    if (sample === undefined || sample.seq <= since) return `the lag of ${stage}-${partition} was not sampled`;
    total += sample.lag;
  }
  return total;
}
