import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const fixture = fileURLToPath(new URL("./without-rights.fixture.ts", import.meta.url));
/** Debian's `nobody`; any user but root will do. */
const nobody = 65_534;

test("without rights to the daemon's socket the exit is 69, and the words name the group to join", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rollproof-rights-"));
  const path = join(folder, "docker.sock");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  await chmod(folder, 0o755);
  await chmod(path, 0);
  const user = process.getuid?.() === 0 ? [String(nobody)] : []; // root has every right
  const child = spawn(process.execPath, [fixture, ...user], {
    env: { ...process.env, DOCKER_HOST: `unix://${path}` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [said, [exit]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect({ exit, said }).toEqual({
    exit: 69,
    said:
      `error: No Docker daemon answers: no right to use unix://${path}.\n` +
      '  what to do: Add the user to the group docker (sudo usermod -aG docker "$USER") and log in again. ' +
      "Or run with --environment process, which needs none.\n",
  });
});
