import { endsStep, type Act, type GateName, type Program } from "../model/program.ts";
import { sloNames, type UpgradeSpec } from "../model/scenario.ts";

/** The program with a gate for each level that is to be kept: before members are taken down, and before their replacement is over. */
export function watched(program: Program, { slo = {}, onlineChecks }: UpgradeSpec): Program {
  const levels: readonly GateName[] = [
    ...sloNames.filter((name) => slo[name] !== undefined),
    ...(onlineChecks === true ? (["anomalies"] as const) : []),
  ];
  if (levels.length === 0) return program;
  return program.map((act) => (isWatched(act) ? { ...act, gates: [...new Set([...act.gates, ...levels])] } : act));
}

function isWatched(act: Act): boolean {
  return act.gates.includes("available") || endsStep(act);
}
