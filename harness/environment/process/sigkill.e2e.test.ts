import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freshInteger } from "../../base/chance.ts";
import { clean } from "../clean.ts";
import { readJournal } from "./journal.ts";
import { isAlive, pidsWithVariable, statOf } from "../proc.ts";
import { makePlace, type Place } from "./trivial-member.fixture.ts";

const patience = (): AbortSignal => AbortSignal.timeout(60_000);

const fixture = fileURLToPath(new URL("./harness.fixture.ts", import.meta.url));

function startHarness(place: Place): ChildProcess {
  const script = place.member.argv[1] ?? "";
  return spawn(process.execPath, [fixture, place.runDirectory, script], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Pids of everything that the run started and that still lives, the supervisor too. */
function survivors(runDirectory: string): readonly number[] {
  return readJournal(runDirectory).flatMap((cluster) => {
    const proofs = [cluster.supervisor, ...cluster.children.map((child) => child.proof)];
    const journalled = proofs.flatMap((proof) => (proof !== null && isAlive(proof) ? [proof.pid] : []));
    return [...journalled, ...pidsWithVariable("ROLLPROOF_RUN", cluster.token)];
  });
}

async function up(harness: ChildProcess): Promise<void> {
  if (harness.stdout === null) throw new Error("the harness's stdout is a pipe");
  const ended = once(harness, "exit").then(() => Promise.reject(new Error("the harness ended before it was up")));
  await Promise.race([once(harness.stdout, "data"), ended]);
  ended.catch(() => undefined);
}

// From before the supervisor is there, over the middle of the brokers' start, to a moment that nobody chose.
test.each([60, 150, 250, 400, 700, 1_200, freshInteger(2_500)])(
  "a harness killed %i ms after its start leaves no process 5 s later",
  async (delayMs) => {
    const place = makePlace();
    onTestFinished(() => place[Symbol.dispose]());
    const harness = startHarness(place);
    await sleep(delayMs);
    harness.kill("SIGKILL");
    await once(harness, "exit");
    await expect.poll(() => survivors(place.runDirectory), { timeout: 5_000 }).toEqual([]);
  },
);

test("a harness killed with a paused member leaves no process 5 s later, and clean removes the brokers' data", async () => {
  const place = makePlace();
  onTestFinished(() => place[Symbol.dispose]());
  const runs = join(place.runDirectory, "..");
  const data = join(place.runDirectory, "brokers", "broker-1", "data");
  const harness = startHarness(place);
  await up(harness);
  expect(survivors(place.runDirectory).length).toBeGreaterThan(0);
  expect(await clean(runs, null, patience())).toMatchObject({ killed: [], removed: [] }); // the run is live
  harness.kill("SIGKILL");
  await once(harness, "exit");
  await expect.poll(() => survivors(place.runDirectory), { timeout: 5_000 }).toEqual([]);
  expect(await clean(runs, null, patience())).toMatchObject({ killed: [], removed: [data] });
  expect(existsSync(data)).toBe(false);
});

test("clean ends what is left when the supervisor was killed with the harness", async () => {
  const place = makePlace();
  onTestFinished(() => place[Symbol.dispose]());
  const harness = startHarness(place);
  await up(harness);
  const supervisor = readJournal(place.runDirectory)[0]?.supervisor?.pid;
  if (supervisor === undefined) throw new Error("the supervisor is journalled");
  // Stopped first, so that neither can act on the other's end.
  process.kill(supervisor, "SIGSTOP");
  harness.kill("SIGKILL");
  await once(harness, "exit");
  process.kill(supervisor, "SIGKILL");
  await expect.poll(() => statOf(supervisor)?.state ?? "gone", { timeout: 5_000 }).toMatch(/gone|Z/);
  const left = survivors(place.runDirectory);
  expect(new Set(left).size).toBe(4); // broker, proxies, member, and what the member started
  const { killed } = await clean(join(place.runDirectory, ".."), null, patience());
  expect(killed.map(({ pid }) => pid).toSorted((a, b) => a - b)).toEqual([...new Set(left)].toSorted((a, b) => a - b));
  await expect.poll(() => survivors(place.runDirectory), { timeout: 5_000 }).toEqual([]);
});

test("a harness whose supervisor is killed ends what it started", async () => {
  const place = makePlace();
  onTestFinished(() => place[Symbol.dispose]());
  const harness = startHarness(place);
  onTestFinished(() => void harness.kill("SIGKILL"));
  await up(harness);
  const supervisor = readJournal(place.runDirectory)[0]?.supervisor?.pid;
  if (supervisor === undefined) throw new Error("the supervisor is journalled");
  process.kill(supervisor, "SIGKILL");
  await expect.poll(() => survivors(place.runDirectory), { timeout: 5_000 }).toEqual([]);
});

test("clean of a folder without runs does nothing", async () => {
  const place = makePlace();
  onTestFinished(() => place[Symbol.dispose]());
  rmSync(join(place.runDirectory, ".."), { recursive: true, force: true });
  expect(await clean(join(place.runDirectory, ".."), null, patience())).toMatchObject({ killed: [], removed: [] });
});
