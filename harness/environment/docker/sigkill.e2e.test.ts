import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { freshInteger } from "../../base/chance.ts";
import { clean } from "../clean.ts";
import { makePlace } from "../process/trivial-member.fixture.ts";
import { connectEngine } from "./engine.ts";
import { labels } from "./labels.ts";
import { dockerTests } from "./required.fixture.ts";

const docker = await dockerTests();
const fixture = fileURLToPath(new URL("../process/harness.fixture.ts", import.meta.url));
/** Longer than an environment with one broker and one member takes to come up here. */
const upMs = 6_000;

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

describe.skipIf(!docker.run)("a harness killed at a moment that nobody chose", () => {
  test.each(Array.from({ length: 20 }, () => freshInteger(upMs)))(
    "%i ms after its start leaves nothing that clean does not remove, and clean touches nothing else",
    { timeout: 60_000 },
    async (delayMs) => {
      const place = makePlace();
      onTestFinished(() => place[Symbol.dispose]());
      const run = `${basename(place.runDirectory)}-${process.pid}-${freshInteger(1_000_000)}`;
      const directory = join(place.runDirectory, "..", run);
      const before = await inDocker(null);
      const script = place.member.argv[1] ?? "";
      const harness = spawn(process.execPath, [fixture, directory, script, "docker"], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      await sleep(delayMs);
      harness.kill("SIGKILL");
      await once(harness, "exit");
      const left = await inDocker(run);
      console.info(`killed after ${delayMs} ms: ${left.length} things left`);
      const cleaned = await clean(join(directory, ".."), null, AbortSignal.timeout(30_000));
      expect(cleaned.unreachable).toBeNull();
      expect(await inDocker(run)).toEqual([]);
      expect(await inDocker(null)).toEqual(before);
    },
  );
});
