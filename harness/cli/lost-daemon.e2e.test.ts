import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../base/deadline.ts";
import { clean } from "../environment/clean.ts";
import { connectEngine } from "../environment/docker/daemon/engine.ts";
import { labels } from "../environment/docker/containers/labels.ts";
import { labelledRuns } from "../environment/docker/cleaning/leftovers.ts";
import { startRelay } from "../environment/docker/daemon/relay.fixture.ts";
import { dockerTests } from "../environment/docker/daemon/required.fixture.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

const docker = await dockerTests();
const scenario = `question: What is left when the daemon goes?
pipeline: reference
from: v1
to: v2
members: 1
brokers: 1
workload: { inputs: 2000, partitions: 1, pace: 30s }
`;
const words =
  /^error: The Docker daemon is gone: .*\. Containers of this run may be left\.\n {2}what to do: Look at the daemon's log, start it again, then run `rollproof clean --out \/\S+`: it removes what is left\.$/m;

interface Loss {
  /** Whether it has come. */
  readonly moment: (said: string, run: string) => Promise<boolean> | boolean;
  /** How the daemon goes: its connections are cut, or it hangs. */
  readonly by: "cut" | "swallow";
  /** Sent to the run a second after that. */
  readonly signal?: "SIGINT";
}

const underLoad: Loss["moment"] = (said) => said.includes("phase roll");
const atStart: Loss["moment"] = async (_, run) => await hasContainer(run);

/** A run whose daemon goes away as soon as the moment has come; what it said, and what clean does once the daemon is back. */
async function losesItsDaemon({ moment, by, signal }: Loss) {
  await using folder = await scratch();
  await using relay = await startRelay();
  const file = join(folder.path, "scenario.yaml");
  const out = join(folder.path, "runs");
  await writeFile(file, scenario);
  const args = ["run", file, "--seed", "1", "--environment", "docker", "--out", out];
  const spawned = rollproof(args, { DOCKER_HOST: relay.host });
  const patience = AbortSignal.timeout(120_000);
  const look = { what: "the moment", timeoutMs: 90_000, signal: patience, remedy: "Read its output." };
  await until(look, async () => {
    const run = await onlyRun(out).catch(() => null);
    return run !== null && (await moment(spawned.out(), basename(run))) ? true : undefined;
  });
  const cutAt = performance.now();
  await relay[by]();
  if (signal !== undefined) setTimeout(() => spawned.child.kill(signal), 1_000);
  const exit = await spawned.exit;
  const endedAfterMs = Math.round(performance.now() - cutAt);
  console.info(`ended ${endedAfterMs} ms after the daemon`);
  const directory = await onlyRun(out);
  const path = join(directory, "verdict.json");
  const verdict = await readFile(path, "utf8").then(
    (text) => parseVerdict(text, path),
    () => null,
  );
  const left = async () => (await labelledRuns()).filter(({ run }) => run === basename(directory)).length;
  const before = await left();
  const cleaned = await clean(out, null, patience);
  return { exit, err: spawned.err(), endedAfterMs, verdict, before, cleaned, after: await left() };
}

async function hasContainer(run: string): Promise<boolean> {
  const { dockerode } = (await connectEngine()).container;
  return (await dockerode.listContainers({ all: true, filters: { label: [`${labels.run}=${run}`] } })).length > 0;
}

describe.skipIf(!docker.run)("a Docker daemon that goes away", () => {
  test("under load makes the verdict unknown within a minute, and clean removes what is left", async () => {
    const ran = await losesItsDaemon({ by: "cut", moment: underLoad });
    expect(ran).toMatchObject({ exit: 2, err: expect.stringMatching(words), before: 1, after: 0 });
    expect(ran.verdict?.outcome).toBe("unknown");
    expect(ran.verdict?.reasons).toContainEqual(expect.stringContaining("The Docker daemon is gone"));
    expect(ran.endedAfterMs).toBeLessThan(60_000);
    expect(ran.cleaned.unreachable).toBeNull();
  });

  test("while containers are started ends with 69 within a minute, and clean removes what is left", async () => {
    const ran = await losesItsDaemon({ by: "cut", moment: atStart });
    expect(ran).toMatchObject({ exit: 69, err: expect.stringMatching(words), verdict: null, after: 0 });
    expect(ran.endedAfterMs).toBeLessThan(60_000);
  });

  test("and hangs under load makes the verdict unknown within a minute", async () => {
    const ran = await losesItsDaemon({ by: "swallow", moment: underLoad });
    expect(ran).toMatchObject({ exit: 2, err: expect.stringMatching(words), before: 1, after: 0 });
    expect(ran.verdict?.outcome).toBe("unknown");
    expect(ran.endedAfterMs).toBeLessThan(60_000);
  });

  test("and hangs while containers are started ends the run with 69 within a minute", async () => {
    const ran = await losesItsDaemon({ by: "swallow", moment: atStart });
    expect(ran).toMatchObject({ exit: 69, err: expect.stringMatching(words), after: 0 });
    expect(ran.endedAfterMs).toBeLessThan(60_000);
  });

  test("and hangs keeps a run that is interrupted for a minute at most", async () => {
    const ran = await losesItsDaemon({ by: "swallow", moment: underLoad, signal: "SIGINT" });
    expect(ran).toMatchObject({ exit: 130, after: 0 });
    expect(ran.endedAfterMs).toBeLessThan(60_000);
  });
});
