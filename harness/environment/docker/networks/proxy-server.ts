import { join } from "node:path";
import { RollproofError } from "../../../base/errors.ts";
import { together } from "../../../base/together.ts";
import { serverOutput } from "../../output/limits.ts";
import { logTail } from "../../output/log-tail.ts";
import { Proxies } from "../../cluster/proxies.ts";
import type { ProxyServer } from "../../cluster/proxy-watch.ts";
import { startContainer } from "../containers/container.ts";
import { FolderDisk } from "../disks/data-disk.ts";
import type { LinkParts } from "./filtered-link.ts";
import type { ContainerIncarnation } from "../containers/incarnation.ts";
import { PacketFilter } from "./packet-filter.ts";
import { startSidecar } from "./sidecar.ts";
import type { Standing } from "../standing.ts";

export interface StartedProxies {
  readonly linkParts: LinkParts;
  readonly server: ProxyServer;
}

/** The proxy server, with a side-car in its network name space that drops its packets when told to. */
export async function startProxies(standing: Standing, signal: AbortSignal): Promise<StartedProxies> {
  const { place, network, names, layout, runDirectory } = standing;
  const server = await startContainer(place, {
    role: "toxiproxy",
    incarnation: 1,
    image: names.toxiproxy,
    argv: ["/toxiproxy", "-host", "0.0.0.0", "-port", String(layout.proxyApi)],
    env: { LOG_LEVEL: "warn" }, // of each request a line would be much
    workingDirectory: null,
    network: { of: network, address: layout.hosts.proxy },
    reads: [],
    writes: [],
    ports: [layout.proxyApi, ...layout.nodes.flatMap(({ slots }) => slots.map(({ proxy }) => proxy))],
    capabilities: [],
  });
  const log = join(runDirectory, "proxy", "log");
  const disk = new FolderDisk(runDirectory);
  const life = {
    id: "toxiproxy",
    incarnation: 1,
    version: null,
    container: server,
    disk,
    log,
    limits: serverOutput,
    signal,
  };
  const running = await standing.incarnationOf({ ...life, image: names.toxiproxy });
  const proxies = new Proxies(layout.proxyApi);
  const over = new AbortController();
  const [filter] = await together(signal, (either) => [
    startFilter(standing, running, either),
    Promise.race([
      proxies.create(layout, AbortSignal.any([either, over.signal])),
      endOf(running, { image: names.toxiproxy, log, signal: over.signal }),
    ]).finally(() => over.abort()),
  ]);
  return {
    linkParts: { proxies, filter, proxyAddress: layout.hosts.proxy },
    server: { ended: running.ended, pid: running.pid, log },
  };
}

/** Rejects when the server ends before the signal. */
async function endOf(
  server: ContainerIncarnation,
  { image, log, signal }: { readonly image: string; readonly log: string; readonly signal: AbortSignal },
): Promise<void> {
  const exit = await server.ended;
  if (signal.aborted) return;
  throw new RollproofError(
    "environment-unavailable",
    `toxiproxy (${image}) ended at its start (${exit.signal ?? exit.code}). The end of its log:\n${await logTail(log)}`,
    {
      remedy:
        "Check the image: it has to have the server at /toxiproxy. Its whole log is proxy/log in the run directory.",
    },
  );
}

/** The side-car; it is asked for its rules, so that an image without iptables is found out before a fault needs it. */
async function startFilter(
  standing: Standing,
  server: ContainerIncarnation,
  signal: AbortSignal,
): Promise<PacketFilter> {
  const filter = new PacketFilter(await startSidecar(standing, server.container, { of: "toxiproxy", incarnation: 1 }));
  try {
    await filter.names(signal);
    return filter;
  } catch (cause) {
    signal.throwIfAborted();
    const image = standing.names.sidecar;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new RollproofError("environment-unavailable", `The image ${image} cannot be the side-car: ${said}`, {
      remedy: "Name a Debian with iptables, or leave it out: it is built then.",
      cause,
    });
  }
}
