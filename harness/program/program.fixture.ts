import type { EventBody } from "../model/event.ts";
import { actFields, type Act, type Program } from "../model/program.ts";
import { compile } from "./compile.ts";

/** One member after another is taken to the version, without a dwell; with a flag, that is activated at the end. */
export function rolling(members: readonly string[], to = "v2", flag: string | null = null): Program {
  const upgrade = { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 0, finalise: true } as const;
  return compile({ members, to, upgrade, flag });
}

export function actBegan(program: Program, id: string): EventBody<"upgrade-act-began"> {
  return { kind: "upgrade-act-began", ...actFields(actOf(program, id)) };
}

export function actSettled(program: Program, id: string): EventBody<"upgrade-act-settled"> {
  return { kind: "upgrade-act-settled", ...actFields(actOf(program, id)), tookMs: 1 };
}

/** The act begins, and each of its gates lets it pass. */
export function actPassed(program: Program, id: string): readonly EventBody[] {
  const readings = actOf(program, id).gates.map((gate): EventBody => ({
    kind: "gate-read",
    act: id,
    gate,
    value: 0,
    bound: 0,
    missing: null,
    decision: "proceed",
  }));
  return [actBegan(program, id), ...readings];
}

function actOf(program: Program, id: string): Act {
  const act = program.find((one) => one.id === id);
  if (act === undefined) throw new Error(`no act ${id}`);
  return act;
}
