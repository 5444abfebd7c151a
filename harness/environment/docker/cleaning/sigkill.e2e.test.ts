import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { freshInteger } from "../../../base/chance.ts";
import { clean } from "../../clean.ts";
import { isAlive } from "../../proc.ts";
import { makePlace } from "../../process/trivial-member.fixture.ts";
import { connectEngine } from "../daemon/engine.ts";
import { readDockerJournal } from "./journal.ts";
import { labels } from "../containers/labels.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();
const fixture = fileURLToPath(new URL("../../process/harness.fixture.ts", import.meta.url));
/** Longer than an environment with two brokers and one member takes to come up here. */
const upMs = 6_000;
/** The harness is killed at the latest so long after its start, or after everything that it injures is injured. */
const momentMs = { "its start": upMs, "its injuries": 500 } as const;
type Since = keyof typeof momentMs;
/** Within this the reaper has removed everything: it loads its client first, and the daemon takes its time to end a container. */
const reapMs = 20_000;

/** Names of everything in Docker with a label of the run, or, without a run, of everything at all. */
async function inDocker(run: string | null): Promise<readonly string[]> {
  const { dockerode } = (await connectEngine()).container;
  const filters = run === null ? {} : { label: [`${labels.run}=${run}`] };
  const [containers, { Volumes }, networks] = await Promise.all([
    dockerode.listContainers({ all: true, filters }),
    dockerode.listVolumes({ filters }),
    dockerode.listNetworks({ filters }),
  ]);
  return [
    ...containers.flatMap(({ Names }) => Names),
    ...Volumes.map(({ Name }) => Name),
    ...networks.map(({ Name }) => Name),
  ].toSorted();
}

/** Resolves when the harness says that everything is injured; rejects when it ends before. */
async function up(harness: ChildProcess): Promise<void> {
  if (harness.stdout === null) throw new Error("the harness's stdout is a pipe");
  const ended = once(harness, "exit").then(() => Promise.reject(new Error("the harness ended before it was up")));
  await Promise.race([once(harness.stdout, "data"), ended]);
  ended.catch(() => undefined);
}

/** Kills it with its whole process group, as a terminal's or a CI job's end would. */
async function killHarness(harness: ChildProcess): Promise<void> {
  const ended = once(harness, "exit");
  process.kill(-(harness.pid ?? 0), "SIGKILL");
  await ended;
}

/** How many things of the run are there now, and after how many milliseconds there is none; null: some are there for reapMs. */
async function watchReaping(run: string): Promise<{ readonly atOnce: number; readonly goneMs: number | null }> {
  const began = performance.now();
  const atOnce = (await inDocker(run)).length;
  for (let left = atOnce; left > 0; left = (await inDocker(run)).length) {
    if (performance.now() - began > reapMs) return { atOnce, goneMs: null };
    await sleep(100);
  }
  return { atOnce, goneMs: Math.round(performance.now() - began) };
}

describe.skipIf(!docker.run)("a harness killed at a moment that nobody chose", () => {
  test.each(
    Array.from({ length: 20 }, (_, round) => {
      const since: Since = round % 3 === 1 ? "its injuries" : "its start";
      return [freshInteger(momentMs[since]), since, round % 4 === 3 ? "with" : "without"] as const;
    }),
  )(
    "%i ms after %s, %s its reaper, leaves nothing that reaper and clean do not remove, and they touch nothing else",
    { timeout: 90_000 },
    async (delayMs, since, how) => {
      const place = makePlace();
      onTestFinished(() => place[Symbol.dispose]());
      const run = `${basename(place.runDirectory)}-${process.pid}-${freshInteger(1_000_000)}`;
      const directory = join(place.runDirectory, "..", run);
      const before = await inDocker(null);
      const script = place.member.argv[1] ?? "";
      const harness = spawn(process.execPath, [fixture, directory, script, "docker"], {
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
      });
      if (since === "its injuries") await up(harness);
      await sleep(delayMs);
      const reaper = readDockerJournal(directory)?.reaper ?? null;
      if (how === "with" && reaper !== null) process.kill(reaper.pid, "SIGKILL");
      await killHarness(harness);
      const { atOnce, goneMs } =
        how === "with" ? { atOnce: (await inDocker(run)).length, goneMs: 0 } : await watchReaping(run);
      const reaped = how === "with" ? "the reaper killed too" : `none ${goneMs} ms later`;
      console.info(`killed ${delayMs} ms after ${since}: ${atOnce} things left at once, ${reaped}`);
      expect(goneMs).not.toBeNull();
      const cleaned = await clean(join(directory, ".."), null, AbortSignal.timeout(30_000));
      expect(cleaned.unreachable).toBeNull();
      expect(await inDocker(run)).toEqual([]);
      expect(await inDocker(null)).toEqual(before);
      const last = readDockerJournal(directory)?.reaper ?? null;
      expect(last !== null && isAlive(last)).toBe(false);
    },
  );

  test("is cleaned up after by its reaper alone, which says so and ends", async () => {
    const place = makePlace();
    onTestFinished(() => place[Symbol.dispose]());
    const run = `${basename(place.runDirectory)}-${process.pid}-${freshInteger(1_000_000)}`;
    const directory = join(place.runDirectory, "..", run);
    const harness = spawn(process.execPath, [fixture, directory, place.member.argv[1] ?? "", "docker"], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    await up(harness);
    await killHarness(harness);
    const { reaper } = readDockerJournal(directory) ?? { reaper: null };
    expect(reaper).not.toBeNull();
    await expect.poll(() => reaper !== null && isAlive(reaper), { timeout: 20_000 }).toBe(false);
    expect(await inDocker(run)).toEqual([]);
    expect(readDockerJournal(directory)).toMatchObject({ disposed: true });
    const log = await readFile(join(directory, "journals", "reaper.log"), "utf8");
    expect(log).toContain(`the harness of run ${run} has ended without a good-bye`);
    expect(log).toContain(`rollproof-${run}-member-1-1`);
    expect(log).toMatch(/nothing is left\n$/);
  });
});
