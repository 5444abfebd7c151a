import type { Act, GateName, Program } from "../model/program.ts";
import type { UpgradePhase, UpgradeSpec } from "../model/scenario.ts";
import type { Upgrading } from "./upgrading.ts";
import { fewestAvailable } from "./availability.ts";

/** Whether the upgrade may be rolled back, by design or because an act of it takes too long. */
export function rollsBack({ onGateTimeout, rollBackAfter }: UpgradeSpec): boolean {
  return onGateTimeout !== undefined || rollBackAfter !== undefined;
}

/**
 * The acts that take every member back to the old version: the program's replacements, the last one first. Of an upgrade that turns
 * back earlier, those of members that were never taken down are left out (`wayBack`).
 */
export function compileBack(program: Program, upgrading: Upgrading & { readonly from: string }): Program {
  const { from, members } = upgrading;
  const replaced = program.filter((act) => act.phase === "start").toReversed();
  const first = Math.max(-1, ...program.map(({ step }) => step ?? -1)) + 1;
  const returned: Act = {
    id: `every member back at ${from}`,
    kind: "await",
    members,
    step: null,
    phase: null,
    version: from,
    gates: ["available", "running", "owners"],
  };
  return [
    ...replaced.flatMap((act, i) =>
      returning({ members: act.members, step: first + i, from, leaves: fewestAvailable(upgrading) }),
    ),
    returned,
  ];
}

interface Returning {
  readonly members: readonly string[];
  readonly step: number;
  readonly from: string;
  readonly leaves: number;
}

/**
 * As a replacement on the way forward, with gates that a broken new version cannot hold up: the members that go back next may be the
 * ones that are down.
 */
function returning({ members, step, from, leaves }: Returning): readonly Act[] {
  const who = members.join("+");
  const common = (phase: UpgradePhase) => ({ id: `${phase} back of ${who}`, members, step, phase });
  const waits = (phase: UpgradePhase, gates: readonly GateName[]): Act => ({
    ...common(phase),
    kind: "await",
    version: from,
    gates,
  });
  return [
    {
      id: `ready before ${who} goes back`,
      kind: "await",
      members,
      step,
      phase: null,
      version: null,
      leaves,
      gates: ["quorum"],
    },
    { ...common("drain"), kind: "take-down", until: "drained", gates: [] },
    { ...common("stop"), kind: "take-down", until: "ended", gates: [] },
    { ...common("start"), kind: "bring-up", version: from, gates: ["up"] },
    waits("restore", ["running"]),
    waits("rejoin", ["held"]),
    waits("catch-up", ["lag"]),
    waits("gate", ["running", "lag", "checkpoint-lag"]),
  ];
}
