import { z } from "zod";
import { RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { jsonFault } from "../base/json-fault.ts";
import { isProblems, readSourceText, renderProblems, type Path, type Problem } from "../base/source-text.ts";
import { planVersion, type Plan } from "../model/plan.ts";
import { planSchema } from "./plan-schema.ts";

/** plan.json: sorted keys, so the same plan has the same bytes. */
export function renderPlan(plan: Plan): string {
  return canonicalJson(plan);
}

/** Something in a plan that is well-formed and still cannot be carried out. */
export interface Misfit {
  readonly path: Path;
  readonly message: string;
}

/**
 * A plan from its file's text. Throws `plan-invalid` that names the place, what was expected, and what to do; `misfits` is
 * asked about the names in it.
 */
export function parsePlan(text: string, file: string, misfits: (plan: Plan) => readonly Misfit[] = () => []): Plan {
  const fault = jsonFault(text, file);
  if (fault !== null) throw unfit(`  ${fault}`);
  const source = readSourceText(text);
  if (isProblems(source)) throw invalid(file, source);
  const version = z.looseObject({ planVersion: z.unknown() }).safeParse(source.value).data?.planVersion;
  if (typeof version === "number" && version !== planVersion)
    throw new RollproofError(
      "plan-invalid",
      `${file} is a plan of version ${version}; this rollproof carries out version ${planVersion}.`,
      { remedy: "Make it anew from its scenario and seed: `rollproof plan <scenario> --seed <seed> --out plan.json`." },
    );
  const read = planSchema.safeParse(source.value);
  const found: readonly Found[] = read.success
    ? misfits(read.data).map((misfit) => ({ ...misfit, on: "value" }))
    : read.error.issues.flatMap((issue) => problemsOf(issue, []));
  if (read.success && found.length === 0) return read.data;
  const problems = found.map(({ on, path, message }) => ({
    ...source[on === "key" ? "keyAt" : "valueAt"](path),
    message,
  }));
  throw invalid(file, problems);
}

interface Found {
  readonly path: Path;
  readonly on: "key" | "value";
  readonly message: string;
}

function problemsOf(issue: z.core.$ZodIssue, above: Path): readonly Found[] {
  const path = [...above, ...issue.path.filter((part) => typeof part !== "symbol")];
  const where = path.length === 0 ? "the plan" : path.join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: [...path, key],
      on: "key",
      message: `unknown key ${JSON.stringify(key)} in ${where}`,
    }));
  return [{ path, on: "value", message: `${where}: ${issue.message}` }];
}

function invalid(file: string, problems: readonly Problem[]): RollproofError {
  return unfit(renderProblems(file, problems));
}

function unfit(problems: string): RollproofError {
  return new RollproofError("plan-invalid", `The plan cannot be carried out:\n${problems}`, {
    remedy:
      "Change the scenario, not the plan, and make the plan again: `rollproof plan <scenario> --seed <seed> --out plan.json`.",
  });
}
