import { expect, test } from "vitest";
import type { Plan } from "../model/plan.ts";
import { reference } from "../pipeline/reference.ts";
import { catalogues } from "../run/catalogues.ts";
import { parseScenario } from "../scenario/parse.ts";
import { derivedDifferences, scenarioDifferences } from "./differences.ts";
import { makePlan } from "./make-plan.ts";

const scenario = parseScenario(
  `question: Q
pipeline: reference
from: v1
to: v2
members: 2
workload: { inputs: 200, partitions: 2, keys: 5 }
faults:
  - { kind: pause, target: member-1, at: 1s, for: [1s, 2s] }
  - { kind: crash, target: member-2, at: 3s, for: 1s }
`,
  { ...catalogues, file: "try.yaml" },
);
const plan = makePlan(scenario, { seed: "1", description: reference });
const [act] = plan.program;
const [fault, other] = plan.faults;
if (act === undefined || fault === undefined || other === undefined) throw new Error("The plan lacks its parts.");

function differencesOf(edited: Plan): readonly string[] {
  return derivedDifferences(edited, reference).map(({ message }) => message);
}

test("a plan as it was made differs in nothing from what its scenario and seed give", () => {
  expect(differencesOf(plan)).toEqual([]);
  expect(differencesOf(makePlan(scenario, { seed: "1", description: reference, mutant: "off-by-one" }))).toEqual([]);
});

test.each<[string, Plan, string]>([
  ["faults removed", { ...plan, faults: [] }, "faults: the scenario and seed give 2 entries, the plan has 0 entries"],
  [
    "one fault removed",
    { ...plan, faults: [fault] },
    "faults: the scenario and seed give 2 entries, the plan has 1 entry",
  ],
  [
    "two faults with one id",
    { ...plan, faults: [fault, { ...other, id: fault.id }] },
    'faults.1.id: the scenario and seed give "fault-2", the plan has "fault-1"',
  ],
  [
    "a fault that is shorter",
    { ...plan, faults: [{ ...fault, forMs: 1 }, other] },
    `faults.0.forMs: the scenario and seed give ${fault.forMs}, the plan has 1`,
  ],
  ["no upgrade", { ...plan, program: [] }, "program: the scenario and seed give 19 entries, the plan has 0 entries"],
  [
    "an act of another member",
    { ...plan, program: [{ ...act, members: ["member-2"] }, ...plan.program.slice(1)] },
    'program.0.members.0: the scenario and seed give "member-1", the plan has "member-2"',
  ],
  [
    "an act missing",
    { ...plan, program: plan.program.slice(1) },
    "program: the scenario and seed give 19 entries, the plan has 18 entries",
  ],
  [
    "an act without its gates",
    { ...plan, program: [{ ...act, gates: [] }, ...plan.program.slice(1)] },
    "program.0.gates: the scenario and seed give 1 entry, the plan has 0 entries",
  ],
  [
    "fewer inputs",
    { ...plan, sends: plan.sends.map((sends) => ({ ...sends, count: 100 })) },
    "sends.0.count: the scenario and seed give 200, the plan has 100",
  ],
])("%s in a plan is named", (_, edited, message) => {
  expect(differencesOf(edited)).toEqual([message]);
});

test("another seed shows in what was drawn from it", () => {
  expect(differencesOf({ ...plan, seed: "2" })).toContainEqual(expect.stringContaining("sends.0.sha256: "));
});

test("a scenario that was edited inside the plan is named against the scenario that was run", () => {
  const weaker: Plan = {
    ...plan,
    scenario: { ...scenario, guarantee: "at-least-once", exercised: { ...scenario.exercised, fencings: 77 } },
  };
  expect(differencesOf(weaker)).toEqual([]);
  expect(scenarioDifferences(weaker, scenario).map(({ message }) => message)).toEqual([
    `scenario.exercised.fencings: scenario.yaml has ${scenario.exercised.fencings}, the plan has 77`,
    'scenario.guarantee: scenario.yaml has "exactly-once", the plan has "at-least-once"',
  ]);
  expect(scenarioDifferences(plan, { ...scenario, name: "another file" })).toEqual([]);
});
