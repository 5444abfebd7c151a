import { beginAudit } from "../audit/audit.ts";
import { beginIdentity } from "../checkers/identity/identity.ts";
import { beginChecks } from "../checkers/run.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { Verdict } from "../model/verdict.ts";
import { beginExercised } from "../verdict/exercised.ts";
import { judge } from "../verdict/judge.ts";
import { unknownVerdict } from "../verdict/unknown.ts";
import { filesFault } from "./files.ts";
import type { Damaged, Recorded } from "./model.ts";

/** The verdict over a damaged history, as `check` would give it over its files: nothing is written. */
export function judgedIn(history: Recorded, { plan, run, items, files, spoilt }: Damaged): Verdict {
  const { description, specification, planned, folders } = history;
  const planPath = `${history.directory}/plan.json`;
  const reasons = plan === history.plan && run === history.run ? null : filesFault(history.directory, plan, run);
  if (reasons !== null) return unknownVerdict({ plan, run, reasons, planPath });
  const context: CheckerContext = { plan, description, specification, hostFactor: run.hostFactor };
  const audit = beginAudit({ description, specification, partitions: plan.scenario.workload.partitions });
  const identity = beginIdentity({ plan, run, planned, folders });
  const checks = beginChecks(context);
  const exercised = beginExercised({ plan, description });
  const take = (batches: ReturnType<typeof audit.step>): void => {
    for (const batch of batches) {
      identity.step(batch);
      checks.step(batch);
      exercised.step(batch);
    }
  };
  for (const [index, item] of items.entries()) {
    take(audit.step(item));
    for (const file of files.get(index) ?? []) take(audit.checkpoint(file));
  }
  const last = items.at(-1);
  const complete = last?.kind === "event" && last.event.kind === "run-ended";
  take(audit.finish({ complete, problems: [] }, spoilt));
  return judge({
    plan,
    description,
    findings: checks.finish(),
    exercised: exercised.finish(),
    run,
    judgedBy: null,
    mixed: identity.finish(),
    planPath,
  });
}
