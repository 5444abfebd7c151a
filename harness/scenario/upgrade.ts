import { unknownName } from "../base/did-you-mean.ts";
import type { Path } from "../base/source-text.ts";
import type { Strategy, UpgradeSpec } from "../model/scenario.ts";
import type { Ways } from "../model/way-back.ts";
import { brokenQuorum } from "../program/availability.ts";
import { compile } from "../program/compile.ts";
import { compileBack, rollsBack } from "../program/way-back.ts";
import type { Upgrading } from "../program/upgrading.ts";
import { turnMisfits } from "./roll-back.ts";
import type { ScenarioFile } from "./schema.ts";

type UpgradeFile = ScenarioFile["upgrade"];

/** The upgrade with what follows from the strategy filled in. */
export function upgradeOf(upgrade: UpgradeFile, members: number): UpgradeSpec {
  const { strategy, groups, canary } = upgrade;
  const minAvailable = upgrade["min-available"];
  const hold = upgrade["hold-sources"];
  const rollBack = upgrade["roll-back"];
  const largest = groups === undefined ? 1 : Math.max(...groups.map((group) => group.length));
  return {
    strategy,
    maxUnavailable: upgrade["max-unavailable"] ?? (strategy === "recreate" ? members : largest),
    ...(groups === undefined ? {} : { groups }),
    ...(strategy === "canary" ? { canary: { members: canary?.members ?? 1, dwellMs: canary?.dwell ?? 5_000 } } : {}),
    ...(minAvailable === undefined ? {} : { minAvailable }),
    startAfterMs: upgrade["start-after"],
    dwellMs: upgrade.dwell,
    finalise: upgrade.finalise,
    ...(upgrade["on-gate-timeout"] === "roll-back" ? { onGateTimeout: "roll-back" } : {}),
    ...(rollBack === undefined ? {} : { rollBackAfter: rollBack.after }),
    ...(upgrade.preflight === undefined ? {} : { preflight: { diskFreeMinMiB: upgrade.preflight["disk-free-min"] } }),
    ...(hold === undefined ? {} : { holdSources: { afterMs: hold.after, forMs: hold.for } }),
    ...(upgrade["online-checks"] ? { onlineChecks: true } : {}),
    ...(upgrade.slo === undefined ? {} : { slo: upgrade.slo }),
  };
}

interface Readable {
  readonly upgrade: UpgradeFile | undefined;
  readonly members: number | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Of the pipeline; null: it has none, or is not known. */
  readonly flag: string | null;
}

/** What the upgrade is compiled from; null: the file does not say enough. */
function upgradingOf({ upgrade, members, from, to, flag }: Readable): (Upgrading & { readonly from: string }) | null {
  if (upgrade === undefined || members === undefined) return null;
  return {
    members: namesOf(members),
    from: from ?? "",
    to: to ?? "",
    upgrade: upgradeOf(upgrade, members),
    flag,
  };
}

/** The acts of the scenario's upgrade; null: the file does not say enough, or its upgrade is refused. */
export function waysOf(file: Readable): Ways | null {
  const upgrading = upgradingOf(file);
  if (upgrading === null || upgradeMisfits(file).length > 0) return null;
  const program = compile(upgrading);
  return rollsBack(upgrading.upgrade) ? { program, back: compileBack(program, upgrading) } : { program };
}

interface Misfit {
  readonly path: Path;
  readonly message: string;
}

/** Keys that the strategy does not take, groups that are not the members, and a strategy that breaks its own quorum. */
export function upgradeMisfits(file: Readable): readonly Misfit[] {
  const upgrading = upgradingOf(file);
  const { upgrade } = file;
  if (upgrading === null || upgrade === undefined) return [];
  const misfits = [
    ...foreignKeys(upgrade),
    ...groupMisfits(upgrading).map((message) => ({ path: ["upgrade", "groups"], message })),
    ...canaryMisfits(upgrading).map((message) => ({ path: ["upgrade", "canary"], message })),
  ];
  if (misfits.length > 0) return misfits;
  const message = brokenQuorum(upgrading);
  const key = upgrade["min-available"] === undefined ? [] : ["min-available"];
  if (message !== null) return [{ path: ["upgrade", ...key], message }];
  return turnMisfits(upgrading).map((misfit) => ({ path: ["upgrade", "roll-back", "after"], message: misfit }));
}

/** The strategies that take a key. */
const takenBy = {
  "max-unavailable": ["rolling", "canary"],
  groups: ["rolling"],
  canary: ["canary"],
} as const satisfies Readonly<Record<string, readonly Strategy[]>>;

function foreignKeys(upgrade: UpgradeFile): readonly Misfit[] {
  return (["max-unavailable", "groups", "canary"] as const).flatMap((key) => {
    const strategies: readonly Strategy[] = takenBy[key];
    if (upgrade[key] === undefined || strategies.includes(upgrade.strategy)) return [];
    const message = `${upgrade.strategy} has no ${key}, only ${strategies.join(" and ")}: leave it out`;
    return [{ path: ["upgrade", key], message }];
  });
}

function groupMisfits({ members, upgrade: { groups, maxUnavailable } }: Upgrading): readonly string[] {
  if (groups === undefined) return [];
  const named = groups.flat();
  const unknown = named.filter((name) => !members.includes(name)).map((name) => unknownName("member", name, members));
  const twice = members.filter((member) => named.filter((name) => name === member).length > 1);
  const missing = members.filter((member) => !named.includes(member));
  const large = groups.filter((group) => group.length > maxUnavailable);
  return [
    ...unknown,
    ...(twice.length > 0 ? [`${twice.join(", ")} would be replaced twice: name each member once`] : []),
    ...(missing.length > 0 ? [`${missing.join(", ")} would stay at the old version: name each member once`] : []),
    ...large.map((group) => `${group.join("+")} are ${group.length} members, above max-unavailable ${maxUnavailable}`),
  ];
}

function canaryMisfits({ members, upgrade: { canary } }: Upgrading): readonly string[] {
  return canary === undefined || canary.members < members.length
    ? []
    : [`${canary.members} of ${members.length} members leave nobody to compare them with: use fewer`];
}

function namesOf(members: number): readonly string[] {
  return Array.from({ length: members }, (_, i) => `member-${i + 1}`);
}
