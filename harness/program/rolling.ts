import type { Program } from "../model/program.ts";
import type { Upgrading } from "./upgrading.ts";
import { dwell, replacement } from "./replacement.ts";

/** One group after another is replaced in place, with a dwell at mixed versions between two. */
export function rolling({ members, to, upgrade }: Omit<Upgrading, "flag">): Program {
  const groups = upgrade.groups ?? chunks(members, upgrade.maxUnavailable);
  return rolled(groups, { to, dwellMs: upgrade.dwellMs, firstStep: 0 });
}

/** Replaces the groups in order; the steps are numbered from `firstStep`. */
export function rolled(
  groups: readonly (readonly string[])[],
  { to, dwellMs, firstStep }: { readonly to: string; readonly dwellMs: number; readonly firstStep: number },
): Program {
  return groups.flatMap((group, i) => {
    const before = groups[i - 1];
    return [
      ...(before === undefined ? [] : [dwell(before.join("+"), dwellMs)]),
      ...replacement({ members: group, step: firstStep + i, version: to }),
    ];
  });
}

/** In order, `size` each, the last perhaps fewer. */
export function chunks(members: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(members.length / size) }, (_, i) => members.slice(i * size, (i + 1) * size));
}
