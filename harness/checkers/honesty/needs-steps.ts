import type { EventKind } from "../../model/event.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { beginCourse, stepCourse } from "../../facts/turn.ts";
import { dueActs } from "../../model/way-back.ts";
import type { Missing, NeedsOfTheme } from "./needs-of-theme.ts";

const ofFaults = ["fault-planned", "fault-journalled", "fault-applied", "fault-healed"] as const;

/**
 * Each planned fault and each act of the upgrade, with all that is recorded on its way; of an act, that each of its gates let it
 * pass. What was never fired, not proven or not settled is told by other parts of HZ1.
 */
export function stepNeeds({ plan }: CheckerContext): NeedsOfTheme {
  const seen = new Set<string>();
  const unfired = new Set<string>();
  const open = new Set<string>();
  /** Gate of an act → what was decided last. */
  const decisions = new Map<string, string>();
  const course = beginCourse();
  let isStopped = false;
  return {
    step(event) {
      stepCourse(course, event);
      if ("fault" in event) seen.add(`${event.kind} ${event.fault}`);
      if (event.kind === "fault-unfired") unfired.add(event.fault);
      if (event.kind === "upgrade-stopped") isStopped = true;
      if (event.kind === "coordinator-began") seen.add(`${event.kind} upgrade`);
      if (event.kind === "gate-read") decisions.set(`${event.act}: ${event.gate}`, event.decision);
      if (event.kind === "upgrade-act-began") {
        seen.add(`${event.kind} ${event.act}`);
        open.add(event.act);
      }
      if (event.kind === "upgrade-act-settled") open.delete(event.act);
    },
    missing() {
      const lacks: Missing[] = [];
      const demand = (kind: EventKind, id: string, of = id): void => {
        if (!seen.has(`${kind} ${id}`)) lacks.push({ kind, of });
      };
      for (const { id } of plan.faults)
        for (const kind of ofFaults) if (kind === "fault-planned" || !unfired.has(id)) demand(kind, id);
      if (plan.program.length > 0) demand("coordinator-began", "upgrade", "the upgrade");
      if (isStopped) return lacks;
      for (const { id, gates } of dueActs(plan, course.turn)) {
        demand("upgrade-act-began", id);
        if (open.has(id)) lacks.push({ kind: "upgrade-act-settled", of: id });
        for (const gate of gates)
          if (decisions.get(`${id}: ${gate}`) !== "proceed") lacks.push({ kind: "gate-read", of: `${gate} of ${id}` });
      }
      return lacks;
    },
  };
}
