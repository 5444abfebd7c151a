import type { z } from "zod";
import { didYouMean, display, printable } from "./did-you-mean.ts";
import type { Path, Problem, SourceText } from "./source-text.ts";

type Issue = z.core.$ZodIssue;

/** How messages speak of one sort of file. */
export interface FileWords {
  /** The file as a whole: `the scenario`. */
  readonly whole: string;
  /** Keys that may stand in the mapping at a path: for did-you-mean. */
  keysAt(path: Path): readonly string[];
  /** Of a union at the path, the branch that the writer meant, or what was expected there instead. */
  branchOf(path: Path, written: unknown): number | string;
}

/** zod's issues as problems of the file: each with its place, what was expected and the nearest known word. */
export function problemsOf(issues: readonly Issue[], source: SourceText, words: FileWords): readonly Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], { source, words }));
}

interface Reading {
  readonly source: SourceText;
  readonly words: FileWords;
}

function problemsOfIssue(issue: Issue, above: Path, reading: Reading): readonly Problem[] {
  const { source, words } = reading;
  const path: Path = [...above, ...issue.path.filter((part) => typeof part !== "symbol")];
  const here = source.valueAt(path);
  const written = valueIn(source.value, path);
  const name = named(path, words);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const known = words.keysAt(path);
        const message = `unknown key "${printable(key)}"${path.length === 0 ? "" : ` in ${name}`}.${didYouMean(key, known)} Keys here: ${known.join(", ")}`;
        return { ...source.keyAt([...path, key]), message };
      });
    case "invalid_key":
      return issue.issues.map(({ message }) => ({
        ...source.keyAt(path),
        message: `${name}: ${lowerFirst(message)}, got ${display(path.at(-1))}`,
      }));
    case "invalid_union": {
      const branch = words.branchOf(path, written);
      if (typeof branch === "string") return [{ ...here, message: `${name}: ${branch}` }];
      return (issue.errors[branch] ?? []).flatMap((one) => problemsOfIssue(one, path, reading));
    }
    case "invalid_value": {
      const known = issue.values.map(String);
      const guess = typeof written === "string" ? didYouMean(written, known) : "";
      return [{ ...here, message: `${name}: expected ${known.join(" or ")}, got ${display(written)}.${guess}` }];
    }
    default:
      if (written === undefined) return [{ ...here, message: `${name} is missing` }];
      return [{ ...here, message: `${name}: ${lowerFirst(issue.message)}, got ${display(written)}` }];
  }
}

/** The value at a path of plain data; undefined where there is none. */
export function valueIn(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, part)) return undefined;
    here = Object.entries(here).find(([key]) => key === String(part))?.[1];
  }
  return here;
}

/** `faults[2].when.stage`, or the words for the whole. */
function named(path: Path, { whole }: FileWords): string {
  const text = path.reduce<string>(
    (before, part) => (typeof part === "number" ? `${before}[${part}]` : before === "" ? part : `${before}.${part}`),
    "",
  );
  return text === "" ? whole : text;
}

function lowerFirst(text: string): string {
  return text.replace(/^Invalid input: /u, "").replace(/^[A-Z](?=[a-z])/u, (letter) => letter.toLowerCase());
}
