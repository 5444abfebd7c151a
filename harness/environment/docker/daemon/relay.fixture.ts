import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, daemonHost } from "./daemon.ts";

/** A way to the machine's Docker daemon: seen from behind it, the daemon can be gone, or hang. */
export interface Relay extends AsyncDisposable {
  /** As DOCKER_HOST has it. */
  readonly host: string;
  /** Ends every connection, and makes no new one. */
  cut(): Promise<void>;
  /** After a cut: makes connections again, as a daemon that has been started again and has left its containers alone. */
  mend(): Promise<void>;
  /** Takes connections as before, and carries nothing any more, as a daemon that is stopped. */
  swallow(): void;
}

export async function startRelay(): Promise<Relay> {
  const folder = await mkdtemp(join(tmpdir(), "rollproof-relay-"));
  const path = join(folder, "docker.sock");
  const daemon = addressOf(daemonHost());
  if (daemon === null) throw new Error(`${daemonHost()} is no address of a daemon.`);
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(
      "socketPath" in daemon
        ? { path: daemon.socketPath, allowHalfOpen: true }
        : { host: daemon.host, port: Number(daemon.port), allowHalfOpen: true },
    );
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined); // either side may go at any time
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    if (!isSwallowing) near.pipe(far).pipe(near);
  });
  const listen = (): Promise<void> => new Promise((resolve) => server.listen(path, resolve));
  await listen();
  const cut = async (): Promise<void> => {
    const closed = new Promise<unknown>((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    host: `unix://${path}`,
    cut,
    mend: listen,
    swallow() {
      isSwallowing = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      await cut();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
