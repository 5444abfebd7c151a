import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectEngine } from "./engine.ts";

test("a daemon that cannot be used is refused, and no other that is there is taken for it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rollproof-engine-"));
  const path = join(folder, "docker.sock");
  const server = createServer((_, answer) => answer.writeHead(500).end("{}"));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  vi.stubEnv("DOCKER_HOST", `unix://${path}`);
  await expect(connectEngine()).rejects.toMatchObject({
    code: "environment-unavailable",
    message: expect.stringContaining(`The Docker daemon at unix://${path} cannot be used`),
    remedy: expect.stringContaining("--environment process"),
  });
});
