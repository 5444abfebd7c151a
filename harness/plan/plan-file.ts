import { z } from "zod";
import { RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { jsonFaultAt } from "../base/json-fault.ts";
import { isProblems, readSourceText, renderProblems, type Path, type Problem } from "../base/source-text.ts";
import { planVersion, type Plan } from "../model/plan.ts";
import { planSchema } from "./plan-schema.ts";

/** plan.json: sorted keys, so the same plan has the same bytes. */
export function renderPlan(plan: Plan): string {
  return canonicalJson(plan);
}

/** A plan from its file's text. Throws `plan-invalid` that names the place, what was expected, and what to do. */
export function parsePlan(text: string, file: string): Plan {
  const fault = jsonFaultAt(text);
  if (fault !== null) throw invalid(file, [{ ...placeOf(text, fault), message: notJson(text, fault) }]);
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
  if (read.success) return read.data;
  const problems = read.error.issues
    .flatMap((issue) => problemsOf(issue, []))
    .map((problem) => {
      const { line, column } = source[problem.on === "key" ? "keyAt" : "valueAt"](problem.path);
      return { line, column, message: problem.message };
    });
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
  return new RollproofError("plan-invalid", `The plan cannot be carried out:\n${renderProblems(file, problems)}`, {
    remedy:
      "A plan is made by the tool, not by hand: `rollproof plan <scenario> --seed <seed> --out plan.json` writes it anew.",
  });
}

function notJson(text: string, at: number): string {
  if (at >= text.length) return "the file ends in the midst of its JSON: it was cut off";
  return `not JSON from here on: ${JSON.stringify(text.slice(at, at + 20))}`;
}

function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}
