import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../base/deadline.ts";
import { readJournal } from "../environment/process/journal.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

const scenario = "scenarios/mutants/off-by-one.yaml";

interface Harm {
  readonly what: string;
  readonly does: (run: string, harness: number) => Promise<void>;
  readonly told: RegExp;
}

/** Ends a process of the run that nobody asked to end. */
const kills = (role: string) => (run: string) => {
  const children = readJournal(run).flatMap((cluster) => cluster.children);
  const last = children.findLast((child) => child.role === role);
  if (last === undefined) throw new Error(`The journal names no ${role}.`);
  process.kill(last.proof.pid, "SIGKILL");
  return Promise.resolve();
};

async function stopsForFiveSeconds(_run: string, harness: number): Promise<void> {
  process.kill(harness, "SIGSTOP");
  await sleep(5_000);
  process.kill(harness, "SIGCONT");
}

const harms: readonly Harm[] = [
  {
    what: "a broker that somebody kills",
    does: kills("broker-2"),
    told: /broker-2\/1 ended at .* with SIGKILL, and nothing in the run asked for it\. It was not started again\./,
  },
  {
    what: "a member that somebody kills",
    does: kills("member-2"),
    told: /member-2\/1 ended at .* with SIGKILL, and nothing in the run asked for it\. It was started again as member-2\/2\./,
  },
  {
    what: "a harness that is stopped for 5 s",
    does: stopsForFiveSeconds,
    told: /host-overloaded: the event loop of harness stood still for up to [45]\d\d\d ms/,
  },
];

test.each(harms)("$what makes the verdict unknown: exit code 2, named in verdict, terminal and JUnit", async (harm) => {
  await using folder = await scratch();
  const how = ["--environment", "process", "--seed", "1", "--mutant", "none", "--out", folder.path];
  const spawned = rollproof(["run", scenario, ...how]);
  await until(
    { what: "load", timeoutMs: 90_000, signal: AbortSignal.timeout(100_000), remedy: "Read its words." },
    () => (spawned.out().includes("phase load") ? true : undefined),
  );
  await sleep(2_000); // some inputs are on their way
  const run = await onlyRun(folder.path);
  await harm.does(run, spawned.child.pid ?? 0);
  expect(await spawned.exit).toBe(2);
  const path = join(run, "verdict.json");
  const verdict = parseVerdict(await readFile(path, "utf8"), path);
  expect(verdict.outcome).toBe("unknown");
  expect(verdict.reasons).toContainEqual(expect.stringMatching(harm.told));
  expect(spawned.out()).toMatch(harm.told);
  expect(await readFile(join(run, "junit.xml"), "utf8")).toMatch(harm.told);
});
