import { afterEach, expect, test, vi } from "vitest";
import { chooseEnvironment } from "./choose.ts";

const never = new AbortController().signal;
const nowhere = "unix:///nonexistent/docker.sock";
const lack = `no socket at ${nowhere}: Docker is not installed, or its daemon does not run`;

afterEach(() => vi.unstubAllEnvs());

test("process is taken when asked for, whatever Docker does", async () => {
  expect(await chooseEnvironment("process", never)).toEqual({ kind: "process", reason: "process: asked for" });
});

test("auto takes processes where no daemon answers, and says why", async () => {
  vi.stubEnv("DOCKER_HOST", nowhere);
  expect(await chooseEnvironment("auto", never)).toEqual({
    kind: "process",
    reason: `process: no Docker daemon answers (${lack})`,
  });
});

test("docker without a daemon is refused with the remedy", async () => {
  vi.stubEnv("DOCKER_HOST", nowhere);
  await expect(chooseEnvironment("docker", never)).rejects.toMatchObject({
    code: "environment-unavailable",
    message: `No Docker daemon answers: ${lack}.`,
    remedy: expect.stringMatching(/^Install Docker .*Or run with --environment process/),
  });
});
