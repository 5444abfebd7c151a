import { expect, test } from "vitest";
import { count, isPureOnly } from "./tests.mjs";

const passed = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test("only a run of the pure project alone does without Kafka", () => {
  const lists = [
    ["--project", "pure"],
    ["--project=pure"],
    [],
    ["--project", "e2e"],
    ["--project=pure", "--project=e2e"],
  ];
  expect(lists.map(isPureOnly)).toEqual([true, true, false, false, false]);
});

test("passed, failed and skipped tests are counted", () => {
  const results = { ...passed, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 };
  expect(count(results, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test("a file that failed without a failed test counts as a failure", () => {
  const testResults = [
    { status: "failed", assertionResults: [] },
    { status: "failed", assertionResults: [{ status: "failed" }] },
  ];
  expect(count({ ...passed, numFailedTests: 1, testResults }, 1)).toEqual({ passed: 3, failed: 2, skipped: 0 });
});

test("no report, or an exit code that nothing accounts for, is a failure", () => {
  expect(count(null, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(count(passed, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});
