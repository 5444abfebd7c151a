import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../base/deadline.ts";
import { findDaemon } from "./daemon.ts";

/** A Docker daemon of a test's own: it has no image, and can reach no registry. */
export interface SecondDaemon extends AsyncDisposable {
  /** What a command needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Why none can be started here; null: one can. */
export const noSecondDaemon = process.getuid?.() === 0 ? null : "a Docker daemon is started by root only";

/**
 * Starts it on folders of its own, in a network name space of its own that has no way out. In the machine's it would take the
 * bridge docker0 from the machine's daemon: with `--bridge none` a daemon removes it.
 */
export async function startSecondDaemon(): Promise<SecondDaemon> {
  const folder = await mkdtemp(join(tmpdir(), "rollproof-daemon-"));
  const host = `unix://${folder}/docker.sock`;
  const folders = [
    "--data-root",
    join(folder, "data"),
    "--exec-root",
    join(folder, "exec"),
    "--pidfile",
    join(folder, "pid"),
  ];
  const apart = ["--bridge", "none", "--iptables=false", "--ip-forward=false"];
  const child = spawn("unshare", ["--net", "dockerd", "-H", host, ...folders, ...apart], {
    env: withoutProxies(),
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  const { signal } = new AbortController();
  await until(
    { what: "a second Docker daemon to answer", timeoutMs: 30_000, signal, remedy: "Run dockerd by hand." },
    async () => ((await findDaemon(signal, host)).answers ? true : undefined),
  );
  return {
    // Without a bridge testcontainers does not find the host, which it is not asked for here.
    env: { DOCKER_HOST: host, TESTCONTAINERS_HOST_OVERRIDE: "127.0.0.1" },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function withoutProxies(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
}
