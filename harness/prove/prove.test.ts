import { expect, test } from "vitest";
import type { PlantedOutcome } from "../model/verdict.ts";
import { parseResults, renderResult } from "./results-file.ts";
import { scoreOf, standingOf } from "./score.ts";
import { tableOf } from "./table.ts";
import { casesOf, remaining, resultsOf, type Result, type Trial } from "./trial.ts";

const scenarios = [
  { file: "a.yaml", mutant: "a" },
  { file: "b.yaml", mutant: "b" },
];
const trials = (seeds: number): readonly Trial[] => casesOf(scenarios, seeds).map((one) => ({ ...one, basis: "code" }));

/** The trial's result: of a bug how it fared, of a control its outcome. */
function ended(trial: Trial, how: PlantedOutcome | Result["outcome"]): Result {
  const planted = how === "valid" || how === "unknown" || how === "invalid" ? null : how;
  const isFound = how === "killed" || how === "misnamed" || how === "invalid";
  const outcome = isFound ? "invalid" : how === "valid" ? "valid" : "unknown";
  return { ...trial, outcome, planted, violated: isFound ? ["EO1"] : [], headline: how, tookMs: 1 };
}

/** Results of the trials in their order; null: none. */
function endings(seeds: number, hows: readonly (Parameters<typeof ended>[1] | null)[]): readonly Result[] {
  return trials(seeds).flatMap((trial, i) => {
    const how = hows[i] ?? null;
    return how === null ? [] : [ended(trial, how)];
  });
}

test("every bug and every control is run at one seed before the next seed begins", () => {
  expect(trials(2).map(({ mutant, file, seed }) => `${seed} ${mutant ?? `without ${file}`}`)).toEqual([
    "1 a",
    "1 b",
    "1 without a.yaml",
    "1 without b.yaml",
    "2 a",
    "2 b",
    "2 without a.yaml",
    "2 without b.yaml",
  ]);
});

test("a proof goes on where it was interrupted, and what other code proved is run again", () => {
  const done = endings(1, ["killed", null, "valid"]);
  expect(remaining(trials(1), done).map(({ file, mutant }) => [file, mutant])).toEqual([
    ["b.yaml", "b"],
    ["b.yaml", null],
  ]);
  const others = done.map((one) => ({ ...one, basis: "older" }));
  expect([remaining(trials(1), others).length, resultsOf(trials(1), others)]).toEqual([4, []]);
});

test("a score counts runs by how they ended, and the runs that it took to find each bug", () => {
  const results = endings(2, ["survived", "misnamed", "valid", "unknown", "killed", "need-not-met", "invalid", null]);
  const { mutants, controls, totals } = scoreOf(trials(2), results);
  expect(mutants.map(({ mutant, runs, notRun, runsToKill }) => [mutant, runs, notRun, runsToKill])).toEqual([
    ["a", { killed: 1, misnamed: 0, survived: 1, "need-not-met": 0 }, 0, 2],
    ["b", { killed: 0, misnamed: 1, survived: 0, "need-not-met": 1 }, 0, 1],
  ]);
  expect(controls).toEqual({
    valid: 1,
    unknown: 1,
    notRun: 1,
    falseAlarms: [{ file: "a.yaml", seed: "2", headline: "invalid" }],
  });
  expect(totals).toEqual({
    mutants: 2,
    found: 2,
    foundOfExercised: 2 / 3,
    exercisedOfRuns: 3 / 4,
    rightlyNamedOfFound: 1 / 2,
    medianRunsToKill: 1.5,
    falseAlarmsPerThousand: 1_000 / 3,
  });
});

test("without a single result every share is unknown, and nothing is proven", () => {
  const score = scoreOf(trials(1), []);
  expect(Object.values(score.totals)).toEqual([2, 0, null, null, null, null, null]);
  expect([standingOf(score), standingOf(scoreOf([], []))]).toEqual(["open", "open"]);
});

test("only bugs that were all found and rightly named, with controls that were all valid, are a proof", () => {
  const standing = (...hows: Parameters<typeof endings>[1]): string => standingOf(scoreOf(trials(1), endings(1, hows)));
  expect(standing("killed", "killed", "valid", "valid")).toBe("proven");
  expect(standing("killed", "need-not-met", "valid", "valid")).toBe("open");
  expect(standing("killed", null, "valid", "valid")).toBe("open");
  expect(standing("killed", "killed", "unknown", "valid")).toBe("open");
  expect(standing("killed", "survived", "valid", "valid")).toBe("defect");
  expect(standing("killed", "misnamed", "valid", "valid")).toBe("defect");
  expect(standing("killed", "killed", "invalid", null)).toBe("defect");
});

test("the table names every mutant and every false alarm, and rounds no share up", () => {
  const text = tableOf(scoreOf(trials(2), endings(2, ["killed", "survived", "invalid", null, "killed", "killed"])));
  expect(text).toContain("| `a` | 2 | 0 | 0 | 0 | 0 | 1 | EO1 |");
  expect(text).toContain("| `b` | 1 | 0 | 1 | 0 | 0 | 2 | EO1 |");
  expect(text).toContain("- Found of the runs that met their need: 75 %.");
  expect(text).toContain("- Need met: 100 % of the runs with a planted bug.");
  expect(text).toContain("  - a.yaml at seed 1: invalid");
});

test("results survive their file; a torn last line is run again, and any other line that is none is refused", () => {
  const results = endings(1, ["killed", "need-not-met", "valid", "invalid"]);
  const text = results.map(renderResult).join("");
  expect(parseResults(text, "results.jsonl")).toEqual(results);
  expect(parseResults(text.slice(0, -5), "results.jsonl")).toEqual(results.slice(0, -1));
  expect(() => parseResults(`{}\n${text}`, "results.jsonl")).toThrow("results.jsonl, line 1, is no result of a proof.");
});
