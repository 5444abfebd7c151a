import { countGate } from "./level.ts";

export const rebalances = countGate("rebalances", {
  says: "the groups have had no more new generations since the upgrade began than upgrade.slo.rebalances, all together",
  what: "new generations of groups",
  count: (levels) => levels.rebalances,
});
