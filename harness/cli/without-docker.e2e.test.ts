import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { chooseEnvironment } from "../environment/choose.ts";
import { pinnedBrokers } from "../environment/cluster/broker-versions.ts";
import { connectEngine } from "../environment/docker/daemon/engine.ts";
import { dockerTests } from "../environment/docker/daemon/required.fixture.ts";
import {
  noSecondDaemon,
  startSecondDaemon,
  type SecondDaemon,
} from "../environment/docker/daemon/second-daemon.fixture.ts";
import { rollproof, scratch } from "./spawned.fixture.ts";

const docker = await dockerTests();
const canStart = docker.run && noSecondDaemon === null;

/** A run in containers that must not begin: its exit, its words, and whether a run directory was made. */
async function refused(env: Readonly<Record<string, string>>) {
  await using folder = await scratch();
  const out = join(folder.path, "runs");
  const args = ["run", "scenarios/rolling-upgrade.yaml", "--seed", "1", "--environment", "docker", "--out", out];
  const spawned = rollproof(args, env);
  return { exit: await spawned.exit, text: spawned.err(), begun: existsSync(out) };
}

test("without a daemon the exit is 69, the words say what to do, and no run is begun", async () => {
  expect(await refused({ DOCKER_HOST: "unix:///nonexistent/docker.sock" })).toEqual({
    exit: 69,
    text: expect.stringMatching(
      /^error: No Docker daemon answers: no socket at unix:\/\/\/nonexistent\/docker\.sock.*\n {2}what to do: Install Docker .* Or run with --environment process, which needs none\.\n$/,
    ),
    begun: false,
  });
});

describe.skipIf(!docker.run)("with a daemon", () => {
  test("an image that cannot be pulled ends with 69 and its name, and no run is begun", async () => {
    expect(await refused({ ROLLPROOF_IMAGE_KAFKA: "127.0.0.1:9/kafka:${version}" })).toEqual({
      exit: 69,
      text: expect.stringMatching(
        /^pulling the image 127\.0\.0\.1:9\/kafka:4\.1\.\d+ …\nerror: The image 127\.0\.0\.1:9\/kafka:4\.1\.\d+ is not there, and cannot be pulled: .*\n(?: {2}cause: .*\n)? {2}what to do: Look whether /,
      ),
      begun: false,
    });
  });

  test("a variable that names no image ends with 64", async () => {
    expect(await refused({ ROLLPROOF_IMAGE_KAFKA: "--privileged" })).toEqual({
      exit: 64,
      text: expect.stringContaining('ROLLPROOF_IMAGE_KAFKA is "--privileged": expected an image\'s name'),
      begun: false,
    });
  });
});

describe.skipIf(!canStart)("with a daemon that has no image and can pull none", () => {
  let daemon: SecondDaemon;

  beforeAll(async () => {
    daemon = await startSecondDaemon();
    for (const [name, value] of Object.entries(daemon.env)) vi.stubEnv(name, value);
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await daemon?.[Symbol.asyncDispose]();
  });

  test("docker that is asked for ends with 69, and the words name the image and `npm run images`", async () => {
    expect(await refused(daemon.env)).toEqual({
      exit: 69,
      text: expect.stringMatching(
        /error: The image apache\/kafka:4\.1\.\d+ is not there, and cannot be pulled: .*\n(?: {2}cause: .*\n)? {2}what to do: Run `npm run images`: /,
      ),
      begun: false,
    });
  });

  test("auto takes processes, and says which image is missing and how to have it; the daemon is left as it was", async () => {
    const needs = [{ brokers: pinnedBrokers(3), members: [null] }];
    const { signal } = new AbortController();
    expect(await chooseEnvironment("auto", { needs, signal })).toEqual({
      kind: "process",
      reason: expect.stringMatching(
        /^process: a Docker daemon answers \(.+\), but: The image apache\/kafka:4\.1\.\d+ is not there, and cannot be pulled: .* Run `npm run images`: /,
      ),
    });
    const { dockerode } = (await connectEngine()).container;
    const left = [await dockerode.listContainers({ all: true }), await dockerode.listImages({ all: true })];
    expect(left).toEqual([[], []]);
  });
});
