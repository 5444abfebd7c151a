import type { HistoryEvent } from "../../model/event.ts";
import type { CheckerContext } from "../../model/finding.ts";
import type { Plan } from "../../model/plan.ts";
import { openMembers } from "../../model/program.ts";
import { dueActs } from "../../model/way-back.ts";
import { beginCourse, stepCourse, type Course } from "../../facts/turn.ts";

/** What became of the roll, and which bytes each version was. */
export interface Upgrade {
  readonly plan: Plan;
  readonly course: Course;
  stopped: string | null;
  /** How a stopped upgrade stands, in words; null: nobody has told it. */
  standing: string | null;
  /** Pipeline version → hashes of its sources, as its processes were started. */
  readonly hashes: Map<string, Set<string>>;
}

export function beginUpgrade({ plan }: CheckerContext): Upgrade {
  return { plan, course: beginCourse(), stopped: null, standing: null, hashes: new Map() };
}

export function learnUpgrade(upgrade: Upgrade, event: HistoryEvent): void {
  stepCourse(upgrade.course, event);
  if (event.kind === "upgrade-stopped") upgrade.stopped = event.why;
  if (event.kind === "upgrade-escalated")
    upgrade.standing = `${event.members.join(", ")}; the journal ends in ${event.journal}`;
  if (event.kind !== "process-started" || event.version === null || event.sha256 === null) return;
  const known = upgrade.hashes.get(event.version) ?? new Set();
  upgrade.hashes.set(event.version, known.add(event.sha256));
}

export function upgradeReasons({ plan, course, stopped, standing, hashes }: Upgrade): readonly string[] {
  const { settled, turn } = course;
  const { from, to } = plan.scenario;
  const reasons: string[] = [];
  if (stopped !== null) reasons.push(`The upgrade stopped (${stopped}): mend that, or raise gates.timeout.`);
  if (standing !== null) reasons.push(`The upgrade stays as it stopped: ${standing}.`);
  const { rollBackAfter } = plan.scenario.upgrade;
  if (rollBackAfter !== undefined && turn === null)
    reasons.push(
      `The plan rolls the upgrade back after ${rollBackAfter}, and it did not turn back: give the run more time.`,
    );
  const due = dueActs(plan, turn);
  const open = openMembers(due, settled);
  if (open.length > 0) reasons.push(`The upgrade of ${open.join(", ")} did not settle: give the run more time.`);
  if (due.some(({ id, kind }) => kind === "activate" && !settled.has(id)))
    reasons.push("The upgrade was not finalised: give the run more time.");
  if (plan.program.length === 0 || from === to) return reasons;
  const old = hashes.get(from);
  const fresh = hashes.get(to);
  if (old === undefined || fresh === undefined)
    reasons.push(`The sources of ${old === undefined ? from : to} were not hashed: no such process was started.`);
  else if (old.size > 1 || fresh.size > 1)
    reasons.push("One version was started from different sources: do not edit the pipeline during a run.");
  else if ([...old].some((hash) => fresh.has(hash)))
    reasons.push(`${from} and ${to} are the same binary: point the versions at different sources.`);
  return reasons;
}
