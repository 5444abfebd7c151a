import { countGate } from "./level.ts";

export const errors = countGate("errors", {
  says: "no more members have ended by themselves since the upgrade began than upgrade.slo.errors",
  what: "ends of members by themselves",
  count: (levels) => levels.errors,
});
