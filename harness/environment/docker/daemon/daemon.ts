import { request } from "node:http";
import { z } from "zod";
import { printable } from "../../../base/did-you-mean.ts";

/** Whether a Docker daemon answers; where none does, why, and what the reader can do about it. */
export type Daemon =
  | { readonly answers: true; readonly version: string }
  | { readonly answers: false; readonly why: string; readonly remedy: string };

/** Docker's own default; docs.docker.com/reference/cli/docker, "Environment variables". */
const usualHost = "unix:///var/run/docker.sock";
const answerMs = 3_000;
const answerBytesMax = 1_000_000;
const version = z.object({ Version: z.string().min(1).max(100) });
const start = "Start one (systemctl start docker, or dockerd), or point DOCKER_HOST at one.";

/**
 * Asks the daemon of DOCKER_HOST, or of Docker's usual socket, for its version (`GET /version`, SystemVersion of the Engine
 * API). Rejects only with the signal's reason.
 */
export async function findDaemon(signal: AbortSignal, host: string = daemonHost()): Promise<Daemon> {
  signal.throwIfAborted();
  const address = addressOf(host);
  if (address === null)
    return lacks(`DOCKER_HOST is ${printable(host)}, which is neither unix:///path nor tcp://host:port`, {
      remedy: `Set DOCKER_HOST to the daemon's address, or unset it: ${usualHost} is asked then.`,
    });
  if ("host" in address && !isHere(address.host))
    return lacks(
      `the Docker daemon at ${host} is another machine's, which sees neither this one's folders nor its ports`,
      {
        remedy: `Point DOCKER_HOST at a daemon of this machine (tcp://127.0.0.1:port), or unset it: ${usualHost} is asked then.`,
      },
    );
  const late = AbortSignal.timeout(answerMs);
  try {
    return understood(await ask(address, AbortSignal.any([signal, late])), host);
  } catch (error) {
    signal.throwIfAborted();
    return late.aborted
      ? lacks(`the Docker daemon at ${host} does not answer within ${answerMs} ms`, {
          remedy: "Look at the daemon's log (journalctl -u docker), and start it again.",
        })
      : explained(error, host);
  }
}

/** Where this machine's daemon is asked for: `unix:///path` or `tcp://host:port`, unless DOCKER_HOST holds something else. */
export function daemonHost(): string {
  return process.env["DOCKER_HOST"] ?? usualHost;
}

/** The address of a `unix:///path` or a `tcp://host:port`; null: it is neither. */
export function addressOf(host: string): DaemonAddress | null {
  const [, socketPath] = /^unix:\/\/(\/.+)$/.exec(host) ?? [];
  if (socketPath !== undefined) return { socketPath };
  const [, hostname, port] = /^(?:tcp|http):\/\/([^:/]+):(\d{1,5})\/?$/.exec(host) ?? [];
  return hostname === undefined || port === undefined ? null : { host: hostname, port };
}

/** Whether a host's name is this machine's own at once: the loopback block of RFC 1122 §3.2.1.3, and its usual name. */
function isHere(host: string): boolean {
  return host === "localhost" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

type DaemonAddress = { readonly socketPath: string } | { readonly host: string; readonly port: string };

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(address: DaemonAddress, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...address, path: "/version", signal }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
        if (text.length > answerBytesMax) asked.destroy(new Error("its answer has no end"));
      });
      answer.once("error", reject);
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.once("error", reject);
    asked.end();
  });
}

function understood({ status, text }: Answer, host: string): Daemon {
  const said = version.safeParse(jsonOrNull(text));
  return status === 200 && said.success
    ? { answers: true, version: printable(said.data.Version) }
    : lacks(`what answers at ${host} is no Docker daemon (GET /version: status ${status})`, {
        remedy: "Point DOCKER_HOST at a Docker daemon.",
      });
}

/** The system's words for a connection that was not made: errno(3). */
function explained(error: unknown, host: string): Daemon {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const said = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "ENOENT":
      return lacks(`no socket at ${host}: Docker is not installed, or its daemon does not run`, {
        remedy: `Install Docker (Debian: apt-get install docker.io). ${start}`,
      });
    case "EACCES":
    case "EPERM":
      return lacks(`no right to use ${host}`, {
        remedy: 'Add the user to the group docker (sudo usermod -aG docker "$USER") and log in again.',
      });
    case "ECONNREFUSED":
      return lacks(`nobody listens at ${host}`, { remedy: start });
    default:
      return lacks(`the connection to ${host} failed: ${printable(said)}`, { remedy: start });
  }
}

function lacks(why: string, { remedy }: { readonly remedy: string }): Daemon {
  return { answers: false, why, remedy };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
