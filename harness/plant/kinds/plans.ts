import { sha256 } from "../../base/digest.ts";
import type { Plan } from "../../model/plan.ts";
import { renderPlan } from "../../plan/plan-file.ts";
import type { Edits } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";

/** Changes to plan.json and run.json, with every digest of the plan mended: in run.json and in run-started. */
function edited(name: string, what: string, change: (plan: Plan) => Plan, row = 2): Kind {
  return {
    name,
    family: "damage",
    row,
    what,
    must: ["unknown"],
    needs: "",
    plant(history, _, edits) {
      const plan = change(history.plan);
      if (renderPlan(plan) === renderPlan(history.plan)) return null;
      edits.plan(() => plan);
      mend(history, edits, sha256(renderPlan(plan)));
      return "plan.json";
    },
  };
}

function mend(history: Recorded, edits: Edits, planSha256: string): void {
  edits.run((run) => ({ ...run, versions: { ...run.versions, planSha256 } }));
  for (const index of history.known.events("run-started"))
    edits.event(index, (event) => (event.kind === "run-started" ? { ...event, planSha256 } : event));
}

const scenario = (plan: Plan, change: Partial<Plan["scenario"]>): Plan => ({
  ...plan,
  scenario: { ...plan.scenario, ...change },
});

/** A plan that is not the one that was carried out. */
export const planKinds: readonly Kind[] = [
  edited("plan-without-faults", "The plan has no faults.", (plan) => ({ ...plan, faults: [] })),
  edited("plan-with-a-fault-less", "The plan has a fault less.", (plan) => ({ ...plan, faults: plan.faults.slice(1) })),
  edited("plan-with-a-fault-twice", "Two faults of the plan have one id.", (plan) => ({
    ...plan,
    faults: plan.faults.map((fault) => ({ ...fault, id: "fault-1" })),
  })),
  edited("plan-without-upgrade", "The plan upgrades nobody.", (plan) => ({ ...plan, program: [] })),
  edited("plan-with-a-member-twice", "The plan upgrades a member twice.", (plan) => ({
    ...plan,
    program: [...plan.program, ...plan.program.filter(({ step }) => step === 0)],
  })),
  edited("plan-with-a-member-less", "The plan leaves a member at the old version.", (plan) => ({
    ...plan,
    program: plan.program.filter(({ step }) => step !== 0),
  })),
  edited("plan-without-gates", "No act of the plan waits for a gate.", (plan) => ({
    ...plan,
    program: plan.program.map((act) => ({ ...act, gates: [] })),
  })),
  edited("plan-with-a-weaker-guarantee", "The plan asks for at-least-once only.", (plan) =>
    scenario(plan, { guarantee: "at-least-once" }),
  ),
  edited("plan-with-lower-minima", "The plan asks for nothing to be exercised.", (plan) =>
    scenario(plan, {
      exercised: { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 },
    }),
  ),
  edited("plan-of-another-seed", "The plan has another seed.", (plan) => ({ ...plan, seed: `${plan.seed}7` }), 1),
  edited("plan-with-fewer-inputs", "The plan sends half as many inputs.", (plan) =>
    scenario(plan, { workload: { ...plan.scenario.workload, inputs: Math.floor(plan.scenario.workload.inputs / 2) } }),
  ),
  {
    name: "host-factor-raised",
    family: "damage",
    row: 2,
    what: "The host factor is a hundred times as large, in run.json and in run-started.",
    must: ["unknown"],
    needs: "",
    plant(history, _, edits) {
      edits.run((run) => ({ ...run, hostFactor: run.hostFactor * 100 }));
      for (const index of history.known.events("run-started"))
        edits.event(index, (event) =>
          event.kind === "run-started" ? { ...event, hostFactor: event.hostFactor * 100 } : event,
        );
      return "run.json";
    },
  },
  {
    name: "run-of-another-run",
    family: "damage",
    row: 1,
    what: "run.json is another run's.",
    must: ["unknown"],
    needs: "",
    plant(_, __, edits) {
      edits.run((run) => ({ ...run, runId: "20260101-000000-00000000" }));
      return "run.json";
    },
  },
];
