import type { Act, Program } from "../model/program.ts";
import { canary } from "./canary.ts";
import { preflight } from "./preflight.ts";
import { recreate } from "./recreate.ts";
import { rolling } from "./rolling.ts";
import { watched } from "./slo.ts";
import type { Upgrading } from "./upgrading.ts";

/** One activation in a program, so one epoch. */
const activationEpoch = 1;

/** The acts of an upgrade, in order. Pure: the same question gives the same program. */
export function compile(upgrading: Upgrading): Program {
  const taken = [...preflight(upgrading), ...replacements(upgrading)];
  return [...watched(taken, upgrading.upgrade), ...activation(upgrading)];
}

function replacements(upgrading: Upgrading): Program {
  const { strategy } = upgrading.upgrade;
  switch (strategy) {
    case "rolling":
      return rolling(upgrading);
    case "canary":
      return canary(upgrading);
    case "recreate":
      return recreate(upgrading);
    default:
      return strategy satisfies never;
  }
}

/** Two acts: nothing is activated before every member has confirmed that it knows the flag. */
function activation({ members, to: version, upgrade, flag }: Upgrading): readonly Act[] {
  if (!upgrade.finalise || flag === null) return [];
  const common = { members, step: null, phase: null, flag, version };
  return [
    { ...common, kind: "prepare", id: `prepare ${flag}`, gates: ["running"] },
    { ...common, kind: "activate", id: `activate ${flag}`, epoch: activationEpoch, gates: ["flag"] },
  ];
}
