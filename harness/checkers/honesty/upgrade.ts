import type { HistoryEvent } from "../../model/event.ts";
import type { CheckerContext } from "../../model/finding.ts";
import type { Plan } from "../../model/plan.ts";

/** What became of the roll, and which bytes each version was. */
export interface Upgrade {
  readonly plan: Plan;
  /** The pipeline has something to activate once every member is new. */
  readonly finalises: boolean;
  readonly settled: Set<number>;
  isFinalised: boolean;
  stopped: string | null;
  /** Pipeline version → hashes of its sources, as its processes were started. */
  readonly hashes: Map<string, Set<string>>;
}

export function startUpgrade({ plan, description }: CheckerContext): Upgrade {
  const finalises = plan.scenario.upgrade.finalise && description.activate !== null;
  return { plan, finalises, settled: new Set(), isFinalised: false, stopped: null, hashes: new Map() };
}

export function learnUpgrade(upgrade: Upgrade, event: HistoryEvent): void {
  if (event.kind === "upgrade-step-settled") upgrade.settled.add(event.step);
  if (event.kind === "upgrade-finalised") upgrade.isFinalised = true;
  if (event.kind === "upgrade-stopped") upgrade.stopped = event.why;
  if (event.kind !== "process-started" || event.version === null || event.sha256 === null) return;
  const known = upgrade.hashes.get(event.version) ?? new Set();
  upgrade.hashes.set(event.version, known.add(event.sha256));
}

export function upgradeReasons({ plan, finalises, settled, isFinalised, stopped, hashes }: Upgrade): readonly string[] {
  const { from, to } = plan.scenario;
  const reasons: string[] = [];
  if (stopped !== null) reasons.push(`The upgrade stopped (${stopped}): mend that, or raise gates.timeout.`);
  const open = plan.upgrade.flatMap(({ member }, step) => (settled.has(step) ? [] : [member]));
  if (open.length > 0) reasons.push(`The upgrade of ${open.join(", ")} did not settle: give the run more time.`);
  if (finalises && plan.upgrade.length > 0 && !isFinalised)
    reasons.push("The upgrade was not finalised: give the run more time.");
  if (plan.upgrade.length === 0 || from === to) return reasons;
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
