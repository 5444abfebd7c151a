import type { Act, GateName } from "../model/program.ts";
import type { UpgradePhase } from "../model/scenario.ts";

/** Members that are replaced together, and which of the program's replacements it is. */
export interface Replacing {
  readonly members: readonly string[];
  readonly step: number;
  readonly version: string;
}

/** The acts that replace members in place, all of them together: down in good order, then up at the version, then the gates. */
export function replacement({ members, step, version }: Replacing): readonly Act[] {
  const who = members.join("+");
  const common = (phase: UpgradePhase) => ({ id: `${phase} of ${who}`, members, step, phase });
  const waits = (phase: UpgradePhase, gates: readonly GateName[]): Act => ({
    ...common(phase),
    kind: "await",
    version,
    gates,
  });
  return [
    // Nobody is taken down while another member is missing.
    { id: `ready before ${who}`, kind: "await", members, step: null, phase: null, version: null, gates: ["available"] },
    { ...common("drain"), kind: "take-down", until: "drained", gates: [] },
    { ...common("stop"), kind: "take-down", until: "ended", gates: [] },
    { ...common("start"), kind: "bring-up", version, gates: ["up"] },
    waits("restore", ["running"]),
    waits("rejoin", ["owners"]),
    waits("catch-up", ["lag"]),
    waits("gate", ["running", "lag", "checkpoint-lag"]),
  ];
}

/** Time at mixed versions. */
export function dwell(after: string, forMs: number): Act {
  return { id: `dwell after ${after}`, kind: "dwell", members: [], step: null, phase: null, forMs, gates: [] };
}
