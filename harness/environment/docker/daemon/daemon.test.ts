import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { findDaemon } from "./daemon.ts";

const never = new AbortController().signal;

test("a daemon that answers is named by its version", async () => {
  const host = await serve((asked, answer) => answer.end(JSON.stringify({ Version: `20.10.24 of ${asked.url}` })));
  expect(await findDaemon(never, host)).toEqual({ answers: true, version: "20.10.24 of /version" });
});

test("where there is no socket, Docker is to be installed or started", async () => {
  const host = `unix://${await folder()}/docker.sock`;
  expect(await findDaemon(never, host)).toEqual({
    answers: false,
    why: `no socket at ${host}: Docker is not installed, or its daemon does not run`,
    remedy: expect.stringMatching(/^Install Docker .* Start one/),
  });
});

test("a socket at which nobody listens is told apart from a missing one", async () => {
  const path = join(await folder(), "docker.sock");
  await writeFile(path, "");
  expect(await findDaemon(never, `unix://${path}`)).toEqual({
    answers: false,
    why: `nobody listens at unix://${path}`,
    remedy: "Start one (systemctl start docker, or dockerd), or point DOCKER_HOST at one.",
  });
});

test.each([
  ["another program", "hello"],
  ["a refusal", JSON.stringify({ message: "no" })],
])("%s is not taken for a daemon", async (_, text) => {
  const host = await serve((_, answer) => answer.end(text));
  expect(await findDaemon(never, host)).toEqual({
    answers: false,
    why: `what answers at ${host} is no Docker daemon (GET /version: status 200)`,
    remedy: "Point DOCKER_HOST at a Docker daemon.",
  });
});

test("a daemon that says nothing is given up after three seconds", async () => {
  const host = await serve(() => undefined);
  expect(await findDaemon(never, host)).toMatchObject({
    answers: false,
    why: `the Docker daemon at ${host} does not answer within 3000 ms`,
  });
});

test("an interrupted search ends with the interruption", async () => {
  const interrupted = new AbortController();
  const host = await serve(() => interrupted.abort(new Error("enough")));
  await expect(findDaemon(interrupted.signal, host)).rejects.toThrow("enough");
});

test.each(["ssh://user@host", "unix://relative", "tcp://host", ""])(
  "%j is no address that can be asked",
  async (host) => {
    expect(await findDaemon(never, host)).toMatchObject({
      answers: false,
      remedy: "Set DOCKER_HOST to the daemon's address, or unset it: unix:///var/run/docker.sock is asked then.",
    });
  },
);

test.each(["tcp://build-server:2375", "http://192.0.2.1:2375", "tcp://127.example:2375"])(
  "the daemon at %s is not asked: mounts and ports would be another machine's",
  async (host) => {
    expect(await findDaemon(never, host)).toMatchObject({
      answers: false,
      why: `the Docker daemon at ${host} is another machine's, which sees neither this one's folders nor its ports`,
    });
  },
);

test("a daemon of this machine's may be asked by TCP", async () => {
  const server = createServer((_, answer) => answer.end(JSON.stringify({ Version: "20.10" })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = z.object({ port: z.number() }).parse(server.address());
  expect(await findDaemon(never, `tcp://127.0.0.1:${port}`)).toEqual({ answers: true, version: "20.10" });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "rollproof-daemon-"));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

/** A server on a unix socket; its address as DOCKER_HOST has it. */
async function serve(answer: RequestListener): Promise<string> {
  const path = join(await folder(), "docker.sock");
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `unix://${path}`;
}
