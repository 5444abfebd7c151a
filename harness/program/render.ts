import type { Plan } from "../model/plan.ts";
import type { Act, Program } from "../model/program.ts";
import { begunAfter, wayBack } from "../model/way-back.ts";

/** The program as lines: each act with what it does and the gates that it waits for. */
export function programLines(program: Program): readonly string[] {
  const width = Math.max(0, ...program.map(({ id }) => id.length));
  return program.map((act, i) => {
    const gates = act.gates.length === 0 ? "" : `  gates: ${act.gates.join(", ")}`;
    return `${String(i + 1).padStart(3)}  ${act.id.padEnd(width)}  ${deedOf(act)}${gates}`;
  });
}

/** When the upgrade is rolled back, and the acts of the way back; none: it never is. */
export function backLines({ program, back, scenario }: Pick<Plan, "program" | "back" | "scenario">): readonly string[] {
  if (back === undefined) return [];
  const { onGateTimeout, rollBackAfter } = scenario.upgrade;
  const acts = onGateTimeout === undefined ? wayBack(back, begunAfter(program, rollBackAfter ?? "")) : back;
  const when = [
    ...(rollBackAfter === undefined ? [] : [`after ${rollBackAfter}`]),
    ...(onGateTimeout === undefined ? [] : ["when an act takes longer than gates.timeout"]),
  ];
  return [
    `\nOn roll back, ${when.join(", or ")}, of the members that have been taken down by then:`,
    ...programLines(acts),
  ];
}

function deedOf(act: Act): string {
  switch (act.kind) {
    case "take-down":
      return `take-down until ${act.until}`;
    case "bring-up":
      return `bring-up ${act.version}`;
    case "await":
      return act.version === null ? "await" : `await ${act.version}`;
    case "dwell":
      return `dwell ${act.forMs} ms`;
    case "prepare":
    case "activate":
      return `${act.kind} ${act.flag}`;
    default:
      return act satisfies never;
  }
}
