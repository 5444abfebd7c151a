import type { Act } from "../model/program.ts";
import type { Upgrading } from "./upgrading.ts";

/** Before anybody is taken down: health, ownership, lag, checkpoints, replicas and disks as they are now, where the scenario asks for it. */
export function preflight({ members, upgrade }: Pick<Upgrading, "members" | "upgrade">): readonly Act[] {
  if (upgrade.preflight === undefined) return [];
  return [
    {
      id: "preflight",
      kind: "await",
      members,
      step: null,
      phase: null,
      version: null,
      gates: ["available", "owners", "lag", "checkpoint-lag", "under-replicated", "disk-free"],
    },
  ];
}
