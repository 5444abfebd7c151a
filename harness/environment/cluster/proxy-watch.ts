import { RollproofError } from "../../base/errors.ts";
import type { EnvironmentSpec, Exit } from "../../model/environment.ts";
import { logTail } from "../output/log-tail.ts";

/** The toxiproxy server of an environment. */
export interface ProxyServer {
  readonly ended: Promise<Exit>;
  readonly pid: number;
  /** Path of its log. */
  readonly log: string;
}

/**
 * A proxy server that ends while members need it ends the run: they reach no broker, and what they fail to do then is not theirs.
 * After the signal its end is nobody's concern.
 */
export async function watchProxyServer(
  server: Pick<ProxyServer, "ended" | "log">,
  lost: EnvironmentSpec["lost"],
  signal: AbortSignal,
): Promise<void> {
  const exit = await server.ended;
  if (signal.aborted) return;
  const how = exit.signal ?? exit.code;
  const tail = await logTail(server.log);
  lost?.(
    new RollproofError(
      "environment-unavailable",
      `The toxiproxy server ended (${how}) while members needed it to reach a broker. The end of its log:\n${tail}`,
      {
        remedy:
          "Look whether anything else ends it (a Docker daemon that is stopped, the kernel for want of memory, somebody's kill), then run again.",
      },
    ),
  );
}
