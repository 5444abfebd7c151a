import type { Gate } from "./gate.ts";
import { lagOf } from "./lag.ts";

/** One measure for both: where the load itself makes everybody lag, the new members may lag as the old ones do. */
export const canary: Gate = {
  name: "canary",
  says: "no new member lags by more than gates.lag-max records, or than the slowest of the old members",
  read(view, { act, members, bounds, since }) {
    const lags = members.map((member) => ({ member, lag: lagOf(view, member, since) }));
    const isNew = ({ member }: { readonly member: string }): boolean => act.members.includes(member);
    const old = lags.filter((one) => !isNew(one)).flatMap(({ lag }) => (typeof lag === "number" ? [lag] : []));
    const bound = Math.max(bounds.lagMax, ...old);
    const unread = lags.filter(isNew).find(({ lag }) => typeof lag === "string");
    if (unread !== undefined) return { value: null, bound, missing: String(unread.lag) };
    const [worst] = lags.filter(isNew).toSorted((a, b) => Number(b.lag) - Number(a.lag));
    const value = Number(worst?.lag ?? 0);
    const missing = value <= bound ? null : `${worst?.member} lags by ${value} records, above ${bound}`;
    return { value, bound, missing };
  },
};
