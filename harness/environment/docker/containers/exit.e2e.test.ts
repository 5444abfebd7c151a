import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { connectEngine } from "../daemon/engine.ts";
import { exitOf } from "./exit.ts";
import { imageNames } from "../images/images.ts";
import { startRelay, type Relay } from "../daemon/relay.fixture.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();

describe.skipIf(!docker.run)("the end of a container", () => {
  // One for all: testcontainers keeps the first daemon that it reached.
  let relay: Relay;
  beforeAll(async () => {
    relay = await startRelay();
    vi.stubEnv("DOCKER_HOST", relay.host);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await relay[Symbol.asyncDispose]();
  });

  /** A container that ends with 3 after so long, and how it ends as `exitOf` has it. */
  async function lasting(ms: number) {
    const { dockerode } = (await connectEngine()).container;
    const Cmd = ["node", "-e", `setTimeout(() => process.exit(3), ${ms})`];
    const container = await dockerode.createContainer({ Image: imageNames().member(null), Cmd });
    onTestFinished(() => container.remove({ force: true }));
    await container.start();
    const lost: Error[] = [];
    return {
      exit: exitOf(container, { signal: AbortSignal.timeout(60_000), lost: (why) => void lost.push(why) }),
      lost,
    };
  }

  test("is its status", async () => {
    const { exit, lost } = await lasting(100);
    expect(await exit).toEqual({ code: 3, signal: null });
    expect(lost).toEqual([]);
  });

  test("is told by a daemon that went away and came back", async () => {
    const { exit, lost } = await lasting(3_000);
    await relay.cut();
    await sleep(1_500);
    await relay.mend();
    expect(await exit).toEqual({ code: 3, signal: null });
    expect(lost).toEqual([]);
  });

  test("is unknown where the daemon went away for good, and that is told", async () => {
    const { exit, lost } = await lasting(30_000);
    await relay.cut();
    onTestFinished(() => relay.mend());
    expect(await exit).toEqual({ code: null, signal: "unknown: the Docker daemon was gone" });
    expect(lost).toEqual([expect.objectContaining({ code: "environment-unavailable" })]);
  });
});
