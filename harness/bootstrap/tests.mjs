import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./launch.mjs";
import { root } from "./layout.mjs";

/** Whether these vitest arguments leave the e2e project out, which alone needs Kafka and toxiproxy. */
export function isPureOnly(args) {
  const projects = args.flatMap((arg, i) => {
    if (arg.startsWith("--project=")) return [arg.slice("--project=".length)];
    return arg === "--project" && args[i + 1] !== undefined ? [args[i + 1]] : [];
  });
  return projects.length > 0 && projects.every((project) => project === "pure" || project === "plant");
}

/** Runs vitest; the last line is `N passed, N failed`. Returns the exit code: not 0 when anything failed. */
export async function runTests(node, args) {
  const folder = join(root, ".rollproof");
  mkdirSync(folder, { recursive: true });
  const results = join(folder, `tests-${process.pid}.json`);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  const exit = await launch(node, [vitest, "run", "--root", root, ...reporters, ...args]);
  const { passed, failed, skipped } = count(readResults(results), exit);
  rmSync(results, { force: true });
  process.stdout.write(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`);
  return exit === 0 && failed > 0 ? 1 : exit;
}

/**
 * A file that failed without a failed test (it did not load, a hook threw) counts as one failure, and so does an exit code
 * that no failure accounts for.
 */
export function count(results, exit) {
  const files = results?.testResults ?? [];
  const withoutTest = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = (results?.numFailedTests ?? 0) + withoutTest;
  return {
    passed: results?.numPassedTests ?? 0,
    failed: failed === 0 && exit !== 0 ? 1 : failed,
    skipped: (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0),
  };
}

function readResults(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
