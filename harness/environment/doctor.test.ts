import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { diagnose, isAtLeast } from "./doctor.ts";

test("versions are compared as numbers, as far as the minimum goes", () => {
  const pairs = [
    ["1.21", "1.21"],
    ["1.9", "1.21"],
    ["24.21.0", "24"],
    ["20.20.2", "24"],
    ["17", "17.0.1"],
  ] as const;
  expect(pairs.map(([version, minimum]) => isAtLeast(version, minimum))).toEqual([true, false, true, false, false]);
});

test("the diagnosis names every tool, and a remedy for each", async () => {
  const found = await diagnose([]);
  expect(found.flatMap(({ tool }) => (tool.startsWith("image ") ? [] : tool)).toSorted()).toEqual([
    "class-data archive",
    "disk",
    "docker",
    "go",
    "java",
    "kafka",
    "memory",
    "mvn",
    "node",
    "npm",
    "ports",
    "toxiproxy",
  ]);
  expect(found.filter(({ remedy }) => remedy === "")).toEqual([]);
});

test("a daemon that tells its version and can do nothing else is a row of the diagnosis, not its end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-doctor-"));
  const server = createServer((asked, answer) => {
    answer.statusCode = asked.url === "/version" ? 200 : 500;
    answer.end(JSON.stringify({ Version: "20.10" }));
  }).listen(join(folder, "docker.sock"));
  await once(server, "listening");
  const host = `unix://${folder}/docker.sock`;
  vi.stubEnv("DOCKER_HOST", host);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });
  expect((await diagnose([])).filter(({ tool }) => /^docker|^image/.test(tool))).toEqual([
    {
      tool: "docker",
      needed: "nothing: without it runs use processes",
      found: null,
      ok: true,
      remedy: expect.stringContaining(`The Docker daemon at ${host} cannot be used`),
    },
  ]);
});
