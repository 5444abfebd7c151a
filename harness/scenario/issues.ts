import type { z } from "zod";
import { didYouMean, display, printable } from "../base/did-you-mean.ts";
import type { Path, Problem, SourceText } from "../base/source-text.ts";
import { knownKeys, whenShapes } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** zod's issues as problems of the file: each with its place, what was expected and the nearest known word. */
export function problemsOf(issues: readonly Issue[], source: SourceText): readonly Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], source));
}

function problemsOfIssue(issue: Issue, above: Path, source: SourceText): readonly Problem[] {
  const path: Path = [...above, ...issue.path.filter((part) => typeof part !== "symbol")];
  const here = source.valueAt(path);
  const written = valueIn(source.value, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const known = knownKeys.get(path.filter((part) => typeof part === "string").join(".")) ?? [];
        const message = `unknown key "${printable(key)}"${inside(path)}.${didYouMean(key, known)} Keys here: ${known.join(", ")}`;
        return { ...source.keyAt([...path, key]), message };
      });
    case "invalid_union":
      return problemsOfUnion(issue.errors, path, source);
    case "invalid_value": {
      const known = issue.values.map(String);
      const guess = typeof written === "string" ? didYouMean(written, known) : "";
      return [{ ...here, message: `${named(path)}: expected ${known.join(" or ")}, got ${display(written)}.${guess}` }];
    }
    default:
      if (written === undefined) return [{ ...here, message: `${named(path)} is missing` }];
      return [{ ...here, message: `${named(path)}: ${lowerFirst(issue.message)}, got ${display(written)}` }];
  }
}

/** Of a union's branches, the one that the writer meant: a pair for a range, the telling key for `when` and `brokers`. */
function problemsOfUnion(branches: readonly Issue[][], path: Path, source: SourceText): readonly Problem[] {
  const issues = branches[branchMeant(path.at(-1), valueIn(source.value, path))];
  if (issues !== undefined) return issues.flatMap((issue) => problemsOfIssue(issue, path, source));
  const message = `${named(path)}: expected a mapping with one of the keys progress, phase (with of) or point (with stage)`;
  return [{ ...source.valueAt(path), message }];
}

/** The branch's index; -1: nothing tells. */
function branchMeant(key: Path[number] | undefined, written: unknown): number {
  const isMapping = written !== null && typeof written === "object" && !Array.isArray(written);
  if (key === "when") return Object.keys(whenShapes).findIndex((kind) => isMapping && kind in written);
  if (key === "brokers" && isMapping) return "versions" in written ? 1 : 2;
  return Array.isArray(written) && key !== "brokers" ? 1 : 0;
}

export function valueIn(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, part)) return undefined;
    here = Object.entries(here).find(([key]) => key === String(part))?.[1];
  }
  return here;
}

/** `faults[2].when.stage`, or `the scenario` for the whole. */
function named(path: Path): string {
  const text = path.reduce<string>(
    (before, part) => (typeof part === "number" ? `${before}[${part}]` : before === "" ? part : `${before}.${part}`),
    "",
  );
  return text === "" ? "the scenario" : text;
}

function inside(path: Path): string {
  return path.length === 0 ? "" : ` in ${named(path)}`;
}

function lowerFirst(text: string): string {
  return text.replace(/^Invalid input: /u, "").replace(/^[A-Z](?=[a-z])/u, (letter) => letter.toLowerCase());
}
