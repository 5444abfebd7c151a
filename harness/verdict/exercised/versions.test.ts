import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toyPlan } from "../../checkers/toy-pipeline.fixture.ts";
import { beginVersions, learnVersions, mixedCommits } from "./versions.ts";

const { from, to } = toyPlan().scenario;

/** Commits by the old version (o) and the new one (n) in the order of the history, learned in the order given. */
function mixedIn(
  commits: string,
  order: readonly number[] = Array.from({ length: commits.length }, (_, i) => i),
): number {
  const versions = beginVersions(toyPlan());
  for (const seq of order)
    learnVersions(versions, { stages: ["count"], version: commits[seq] === "n" ? to : from, at: null, seq });
  return mixedCommits(versions, null).seen;
}

test("mixed is what lies between the first of the new and the last of the old", () => {
  expect(["ooo", "nnn", "ooonnn", "oonon", "noo", "onnno"].map((commits) => mixedIn(commits))).toEqual([
    0, 0, 0, 2, 3, 4,
  ]);
});

test("the order in which the audit decides them changes nothing", () => {
  const shuffled = fc.array(fc.constantFrom("o", "n"), { maxLength: 12 }).chain((all) =>
    fc.tuple(
      fc.constant(all.join("")),
      fc.shuffledSubarray(
        all.map((_, i) => i),
        { minLength: all.length },
      ),
    ),
  );
  fc.assert(fc.property(shuffled, ([commits, order]) => mixedIn(commits, order) === mixedIn(commits)));
});
