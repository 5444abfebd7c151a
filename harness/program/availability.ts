import type { Program } from "../model/program.ts";
import type { Upgrading } from "./upgrading.ts";
import { compile } from "./compile.ts";

/**
 * The fewest members that the program leaves available at any time. A member is unavailable from its take-down until a gate
 * has found it running again.
 */
export function leastAvailable(program: Program, members: readonly string[]): number {
  const down = new Set<string>();
  let least = members.length;
  for (const act of program) {
    if (act.kind === "take-down") for (const member of act.members) down.add(member);
    least = Math.min(least, members.length - down.size);
    if (act.phase === "restore") for (const member of act.members) down.delete(member);
  }
  return least;
}

/** The fewest members that have to stay available. */
export function fewestAvailable({ members, upgrade }: Upgrading): number {
  return upgrade.minAvailable ?? (upgrade.strategy === "recreate" || members.length === 1 ? 0 : 1);
}

/** Why the strategy breaks its own quorum, and what to change; null: it does not. */
export function brokenQuorum(upgrading: Upgrading): string | null {
  const { members, upgrade } = upgrading;
  const { strategy, maxUnavailable } = upgrade;
  const least = leastAvailable(compile(upgrading), members);
  const asked = fewestAvailable(upgrading);
  if (least >= asked) return null;
  const left = `leaves ${least} of ${members.length} members available`;
  if (strategy === "recreate")
    return `recreate takes every member down at once, so it ${left}; min-available asks for ${asked}: use rolling, or leave min-available out`;
  if (upgrade.minAvailable === undefined)
    return `${strategy} with groups of ${members.length - least} members ${left}: make the groups smaller, or use recreate`;
  return `${strategy} with max-unavailable ${maxUnavailable} ${left}; min-available asks for ${asked}: lower one of them, or add members`;
}
