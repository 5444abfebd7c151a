import type { EventKind } from "../../model/event.ts";
import type { CheckerContext } from "../../model/finding.ts";
import type { Missing, NeedsOfTheme } from "./needs.ts";

const ofFaults = ["fault-planned", "fault-journalled", "fault-applied", "fault-healed"] as const;
const ofSteps = ["upgrade-step-began", "upgrade-phase-began", "upgrade-phase-settled"] as const;

/**
 * Each planned fault and each planned step of the upgrade, with all that is recorded on its way. What was never fired, not proven or
 * not settled is told by other parts of HZ1.
 */
export function stepNeeds({ plan, description }: CheckerContext): NeedsOfTheme {
  const seen = new Set<string>();
  const unfired = new Set<string>();
  const open = new Map<string, string>();
  let isStopped = false;
  const finalises = plan.upgrade.length > 0 && plan.scenario.upgrade.finalise && description.activate !== null;
  return {
    step(event) {
      if ("fault" in event) seen.add(`${event.kind} ${event.fault}`);
      if ("step" in event) seen.add(`${event.kind} ${event.step}`);
      if (event.kind === "fault-unfired") unfired.add(event.fault);
      if (event.kind === "upgrade-stopped") isStopped = true;
      if (event.kind === "upgrade-finalise-began") seen.add(event.kind);
      if (event.kind === "upgrade-phase-began")
        open.set(`${event.step} ${event.phase}`, `${event.phase} of ${event.member}`);
      if (event.kind === "upgrade-phase-settled") open.delete(`${event.step} ${event.phase}`);
    },
    missing() {
      const lacks: Missing[] = [];
      const demand = (kind: EventKind, id: string | number, of: string): void => {
        if (!seen.has(`${kind} ${id}`)) lacks.push({ kind, of });
      };
      for (const { id } of plan.faults)
        for (const kind of ofFaults) if (kind === "fault-planned" || !unfired.has(id)) demand(kind, id, id);
      if (isStopped) return lacks;
      for (const [step, { member }] of plan.upgrade.entries())
        for (const kind of ofSteps) demand(kind, step, `the step of ${member}`);
      for (const of of open.values()) lacks.push({ kind: "upgrade-phase-settled", of });
      if (finalises && !seen.has("upgrade-finalise-began"))
        lacks.push({ kind: "upgrade-finalise-began", of: "the upgrade" });
      return lacks;
    },
  };
}
