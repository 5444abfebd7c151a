import type { Act, Program } from "../model/program.ts";
import type { Upgrading } from "./upgrading.ts";
import { dwell, replacement } from "./replacement.ts";
import { chunks, rolled } from "./rolling.ts";

/** A few members first, which run beside the others for a while and are compared with them; then the rest, group by group. */
export function canary({ members, to, upgrade }: Omit<Upgrading, "flag">): Program {
  const { members: count, dwellMs } = upgrade.canary ?? { members: 1, dwellMs: upgrade.dwellMs };
  const first = members.slice(0, count);
  const who = first.join("+");
  const compared: Act = {
    id: `compare ${who}`,
    kind: "await",
    members: first,
    step: null,
    phase: null,
    version: to,
    gates: ["running", "canary"],
  };
  const rest = chunks(members.slice(count), upgrade.maxUnavailable);
  return [
    ...chunks(first, upgrade.maxUnavailable).flatMap((group, step) =>
      replacement({ members: group, step, version: to }),
    ),
    dwell(who, dwellMs),
    compared,
    ...rolled(rest, { to, dwellMs: upgrade.dwellMs, firstStep: Math.ceil(count / upgrade.maxUnavailable) }),
  ];
}
