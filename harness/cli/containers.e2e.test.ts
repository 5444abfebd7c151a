import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { labelledRuns } from "../environment/docker/cleaning/leftovers.ts";
import { dockerTests } from "../environment/docker/daemon/required.fixture.ts";
import { startHostLook } from "../evidence/host-load.ts";
import { readHistory } from "../history/reader.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

const docker = await dockerTests();
/**
 * From a run's start until brokers, toxiproxy and topics stand and every member is ready. The aim is 15 s on a machine of its
 * own; 14.3 s were seen on one that gave its two processors in part.
 */
const upMsMax = 30_000;
/** Others on the machine use more than this many processors: then the run may take twice as long. */
const foreignCpusMax = 0.25;

/** Processors that are in use before this test starts anything. */
async function cpusInUse(): Promise<number> {
  const look = startHostLook(() => []);
  await sleep(1_000);
  return look().foreignCpus ?? 0;
}

/** What a run took until its first send, and the most that it may take where others used `foreignCpus` before it. */
function bringingUp(run: string, foreignCpus: number) {
  let upMs = Number.POSITIVE_INFINITY;
  let hostFactor = 1;
  const looks: number[] = [];
  for (const item of readHistory(join(run, "history")).items()) {
    if (item.kind !== "event") continue;
    const { event } = item;
    if (event.kind === "run-started") hostFactor = event.hostFactor;
    if (event.kind === "gauge-host") looks.push(event.foreignCpus ?? 0);
    if (event.kind === "time-zero") {
      upMs = event.at / 1e6;
      break;
    }
  }
  // The first look sees the brokers' start, which is ours.
  const mostForeign = Math.max(foreignCpus, ...looks.slice(1));
  return { upMs, limitMs: upMsMax * hostFactor * (mostForeign > foreignCpusMax ? 2 : 1), hostFactor, mostForeign };
}

async function verdictIn(kind: "docker" | "process", args: readonly string[]) {
  await using folder = await scratch();
  const inUse = await cpusInUse();
  const spawned = rollproof(["run", "--environment", kind, ...args, "--out", folder.path]);
  const exit = await spawned.exit;
  const run = await onlyRun(folder.path);
  const path = join(run, "verdict.json");
  const left = (await labelledRuns()).filter((found) => found.run === basename(run));
  return { exit, left, up: bringingUp(run, inUse), verdict: parseVerdict(await readFile(path, "utf8"), path) };
}

describe.skipIf(!docker.run)("in containers", () => {
  test("the default scenario is ready in time, valid, and leaves no container", async () => {
    const { exit, left, up, verdict } = await verdictIn("docker", ["scenarios/rolling-upgrade.yaml", "--seed", "7"]);
    expect({ exit, left, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
      exit: 0,
      left: [],
      outcome: "valid",
      reasons: [],
    });
    const { upMs, limitMs, hostFactor, mostForeign } = up;
    console.info(
      `three brokers, toxiproxy and three members ready after ${Math.round(upMs)} ms; limit ${limitMs} ms ` +
        `(host factor ${hostFactor}, ${mostForeign.toFixed(2)} processors in use by others)`,
    );
    expect(upMs).toBeLessThan(limitMs);
  });

  test("a planted bug is invalid, and for a reason that it must be caught by", async () => {
    const { exit, verdict } = await verdictIn("docker", ["scenarios/mutants/off-by-one.yaml", "--seed", "3"]);
    expect({ exit, outcome: verdict.outcome }).toEqual({ exit: 1, outcome: "invalid" });
    const found = new Set(verdict.anomalies.map(({ invariant }) => invariant));
    expect(["CK3", "EO1", "EO2"].filter((kind) => found.has(kind))).not.toEqual([]);
  });
});
