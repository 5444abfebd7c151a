import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dockerTests, processTests } from "./required.fixture.ts";

/** A socket whose daemon answers each ping with this status. */
async function daemon(status: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-ping-"));
  const server = createServer((asked, answer) => {
    answer.writeHead(asked.url === "/_ping" ? status : 404).end();
  }).listen(join(folder, "docker.sock"));
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return `unix://${join(folder, "docker.sock")}`;
}

const nowhere = "unix:///nowhere/docker.sock";
const lack = "no Docker daemon answers at unix:///nowhere/docker.sock (connect ENOENT /nowhere/docker.sock).";

test("container tests run where a daemon answers, required or not", async () => {
  const host = await daemon(200);
  expect(await dockerTests({ DOCKER_HOST: host })).toEqual({ run: true });
  expect(await dockerTests({ DOCKER_HOST: host, ROLLPROOF_REQUIRE: "process, docker" })).toEqual({ run: true });
});

test("without a daemon they are skipped, and the reason is told", async () => {
  expect(await dockerTests({ DOCKER_HOST: nowhere })).toEqual({ run: false, why: lack });
  expect(await dockerTests({ DOCKER_HOST: nowhere, ROLLPROOF_REQUIRE: "process" })).toEqual({ run: false, why: lack });
  const host = await daemon(500);
  expect(await dockerTests({ DOCKER_HOST: host })).toEqual({ run: false, why: `the daemon at ${host} answers 500.` });
  expect(await dockerTests({ DOCKER_HOST: "ssh://far" })).toMatchObject({ run: false });
});

test("what is required and missing is an error with its remedy", async () => {
  await expect(dockerTests({ DOCKER_HOST: nowhere, ROLLPROOF_REQUIRE: "process,docker" })).rejects.toMatchObject({
    code: "environment-unavailable",
    message: `ROLLPROOF_REQUIRE demands docker tests, but ${lack}`,
    remedy: "Start one (systemctl start docker, or dockerd), or point DOCKER_HOST at one.",
  });
  expect(() => processTests({ PATH: "/nowhere", ROLLPROOF_REQUIRE: "process" })).toThrow(
    "ROLLPROOF_REQUIRE demands process tests, but java is not on the PATH.",
  );
});

test("a misspelt requirement is refused instead of demanding nothing", async () => {
  const host = await daemon(200);
  await expect(dockerTests({ DOCKER_HOST: host, ROLLPROOF_REQUIRE: "docekr" })).rejects.toMatchObject({
    code: "usage",
    message: "ROLLPROOF_REQUIRE names docekr, which is no environment.",
  });
});
