import { countGate } from "./level.ts";

/** Those by the program are none: they follow on an end that was asked for. */
export const restarts = countGate("restarts", {
  says: "members were not started again more often than upgrade.slo.restarts, after a fault or by themselves",
  what: "starts of members that the upgrade did not ask for",
  count: (levels) => levels.restarts,
});
