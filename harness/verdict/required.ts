import type { Guarantee, Scenario } from "../model/scenario.ts";

/** The invariants without which a verdict of this guarantee proves nothing: idle counts as unknown for them. */
export const requiredInvariants: Readonly<Record<Guarantee, readonly string[]>> = {
  "exactly-once": ["EO1", "EO2", "EO3", "EO4", "TX1", "TX2", "TX3", "OF1", "OF2", "ST1", "HZ1"],
  "at-least-once": ["EO1", "EO2", "EO3", "OF1", "OF2", "HZ1"],
};

/** Invariant → what it is required for: the guarantee, and what the scenario does by design. */
export function requirementsOf({ guarantee, upgrade }: Scenario): ReadonlyMap<string, string> {
  const byGuarantee = requiredInvariants[guarantee].map((id) => [id, guarantee] as const);
  return new Map([...byGuarantee, ...(upgrade.rollBackAfter === undefined ? [] : [["UP3", "the rollback"] as const])]);
}
