import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dockerTests } from "./required.fixture.ts";

/** A socket whose daemon answers with this status when it is asked for its version. */
async function daemon(status: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-ping-"));
  const server = createServer((asked, answer) => {
    answer.writeHead(asked.url === "/version" ? status : 404).end(JSON.stringify({ Version: "20.10" }));
  }).listen(join(folder, "docker.sock"));
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return `unix://${join(folder, "docker.sock")}`;
}

const nowhere = "unix:///nowhere/docker.sock";
const lack = "no socket at unix:///nowhere/docker.sock: Docker is not installed, or its daemon does not run.";

test("container tests run where a daemon answers, required or not", async () => {
  const host = await daemon(200);
  expect(await dockerTests({ DOCKER_HOST: host })).toEqual({ run: true });
  expect(await dockerTests({ DOCKER_HOST: host, ROLLPROOF_REQUIRE: "process, docker" })).toEqual({ run: true });
});

test("without a daemon they are skipped, and the reason is told", async () => {
  expect(await dockerTests({ DOCKER_HOST: nowhere })).toEqual({ run: false, why: lack });
  expect(await dockerTests({ DOCKER_HOST: nowhere, ROLLPROOF_REQUIRE: "process" })).toEqual({ run: false, why: lack });
  const host = await daemon(500);
  expect(await dockerTests({ DOCKER_HOST: host })).toEqual({
    run: false,
    why: `what answers at ${host} is no Docker daemon (GET /version: status 500).`,
  });
  for (const host of ["ssh://far", "unix://relative", "tcp://far:2375"])
    expect(await dockerTests({ DOCKER_HOST: host })).toMatchObject({ run: false });
});

test("what is required and missing is an error with its remedy", async () => {
  await expect(dockerTests({ DOCKER_HOST: nowhere, ROLLPROOF_REQUIRE: "process,docker" })).rejects.toMatchObject({
    code: "environment-unavailable",
    message: `ROLLPROOF_REQUIRE demands docker tests, but ${lack}`,
    remedy: expect.stringContaining("Start one (systemctl start docker, or dockerd)"),
  });
});

test("a misspelt requirement is refused instead of demanding nothing", async () => {
  const host = await daemon(200);
  await expect(dockerTests({ DOCKER_HOST: host, ROLLPROOF_REQUIRE: "docekr" })).rejects.toMatchObject({
    code: "usage",
    message: "ROLLPROOF_REQUIRE names docekr, which is no environment.",
  });
});
