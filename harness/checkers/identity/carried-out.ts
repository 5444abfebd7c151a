import { display } from "../../base/did-you-mean.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { actFields, type Program } from "../../model/program.ts";
import { pointOfNoReturn, wayBack } from "../../model/way-back.ts";

/** Acts of the upgrade and faults that the history began, against the plan that it is said to have carried out. */
export interface CarriedOut {
  readonly plan: Plan;
  readonly reasons: Set<string>;
  /** The acts that the history may begin: of the way forward, or of the way back once it has turned. */
  course: Program;
  /** The index of the act that is due; one that was cut off may begin again. */
  next: number;
  hasTurned: boolean;
}

export function beginCarriedOut(plan: Plan): CarriedOut {
  return { plan, reasons: new Set(), course: plan.program, next: 0, hasTurned: false };
}

export function learnCarriedOut(carriedOut: CarriedOut, event: HistoryEvent): void {
  const { plan, reasons } = carriedOut;
  if (event.kind === "upgrade-act-began") learnAct(carriedOut, event);
  if (event.kind === "roll-back-began") learnTurn(carriedOut, event);
  if (event.kind !== "fault-planned") return;
  const planned = plan.faults.find(({ id }) => id === event.fault);
  if (planned === undefined) reasons.add(`The plan has no ${display(event.fault)}, which the history has.`);
  else if (planned.kind !== event.faultKind || planned.target !== event.target)
    reasons.add(
      `${display(event.fault)} of the history is ${display(event.faultKind)} of ${display(event.target)}; the plan's is ${planned.kind} of ${planned.target}.`,
    );
}

/** An act of the plan, as the plan has it, and none before those that precede it there. */
function learnAct(carriedOut: CarriedOut, event: HistoryEvent<"upgrade-act-began">): void {
  const { course, reasons } = carriedOut;
  const index = course.findIndex(({ id }) => id === event.act);
  const planned = course[index];
  if (planned === undefined) {
    reasons.add(`The plan has no act ${display(event.act)}, which the history has.`);
    return;
  }
  const expected = actFields(planned);
  const isAsPlanned = entriesOf(expected) === entriesOf(event, Object.keys(expected));
  if (!isAsPlanned) reasons.add(`The act ${event.act} of the history is not as the plan has it.`);
  if (index !== carriedOut.next && index !== carriedOut.next - 1)
    reasons.add(
      `The act ${event.act} of the history began where the plan has ${course[carriedOut.next]?.id ?? "no further act"}.`,
    );
  carriedOut.next = index + 1;
}

/** The upgrade turns back in the act that began last, where the plan lets it; a coordinator that takes over tells it again. */
function learnTurn(carriedOut: CarriedOut, { act }: HistoryEvent<"roll-back-began">): void {
  const { plan, reasons, course, next, hasTurned } = carriedOut;
  if (hasTurned) return;
  const { onGateTimeout, rollBackAfter } = plan.scenario.upgrade;
  const begun = course.slice(0, next);
  const last = begun.at(-1)?.id;
  if (plan.back === undefined || (onGateTimeout === undefined && act !== rollBackAfter))
    reasons.add(`The upgrade of the history turned back in ${display(act)}, and the plan does not let it.`);
  else if (act !== last)
    reasons.add(
      `The upgrade of the history turned back in ${display(act)} where ${last ?? "no act"} was the last to begin.`,
    );
  const barrier = pointOfNoReturn(begun);
  if (barrier !== null)
    reasons.add(`The upgrade of the history turned back after ${barrier.id}, from where no way leads back.`);
  carriedOut.hasTurned = true;
  // Without a way back the acts are held against the way forward still: one reason is enough.
  if (plan.back === undefined) return;
  carriedOut.course = wayBack(plan.back, begun);
  carriedOut.next = 0;
}

function entriesOf(of: object, keys = Object.keys(of)): string {
  const values: Readonly<Record<string, unknown>> = { ...of };
  return JSON.stringify(keys.map((key) => values[key]));
}

export function carriedOutReasons({ reasons }: CarriedOut): readonly string[] {
  return [...reasons];
}
