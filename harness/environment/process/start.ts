import { serverOutput } from "../output/limits.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freshKafkaUuid } from "../../base/chance.ts";
import { RollproofError } from "../../base/errors.ts";
import { together } from "../../base/together.ts";
import type { EnvironmentSpec } from "../../model/environment.ts";
import { brokerFiles, prepareBroker } from "../cluster/broker-files.ts";
import { logTail } from "../output/log-tail.ts";
import { prepareFolders } from "../cluster/folders.ts";
import { launchBroker } from "./broker.ts";
import { ProcessEnvironment } from "./environment.ts";
import { installKafka } from "./install-kafka.ts";
import { processJournal } from "./journal.ts";
import { layOut, portsNeeded, type Layout } from "../cluster/layout.ts";
import { freePorts } from "../cluster/ports.ts";
import { Proxies } from "../cluster/proxies.ts";
import type { ProxyServer } from "../cluster/proxy-watch.ts";
import { untilServing } from "../cluster/serving.ts";
import { formatStorage } from "../cluster/storage-format.ts";
import { storageTool } from "./storage-tool.ts";
import { surroundings, Supervision, type Supervised } from "./supervised.ts";
import { toxiproxyServer } from "./tools.ts";

const attempts = 4;
const brokerStartTimeoutMs = 90_000;

/** Starts brokers and proxies; with other ports again when one of them was taken in the meantime. */
export async function startProcessEnvironment(
  spec: EnvironmentSpec,
  reason: string,
  signal: AbortSignal,
): Promise<ProcessEnvironment> {
  toxiproxyServer();
  await installKafka(
    spec.brokers.map(({ version }) => version),
    signal,
  );
  for (let attempt = 1; ; attempt++) {
    await prepareFolders(spec.runDirectory);
    const layout = layOut(spec, await freePorts(portsNeeded(spec.brokers.length, spec.memberSlots)));
    try {
      return await startOnce(spec, { layout, reason }, signal);
    } catch (error) {
      if (signal.aborted || attempt === attempts || !(await portWasTaken(spec.runDirectory, layout))) throw error;
    }
  }
}

async function startOnce(
  spec: EnvironmentSpec,
  wanted: { readonly layout: Layout; readonly reason: string },
  signal: AbortSignal,
): Promise<ProcessEnvironment> {
  const { layout, reason } = wanted;
  const { runDirectory } = spec;
  await using rollback = new AsyncDisposableStack();
  const supervision = rollback.use(await Supervision.start(processJournal(runDirectory), signal));
  const proxies = new Proxies(layout.proxyApi);
  const format = await formatStorage(storageTool(supervision), spec, signal);
  const clusterId = freshKafkaUuid();
  const brokers: Supervised[] = [];
  // The first part that fails stops the others from waiting for what cannot come.
  const [proxyServer] = await together(signal, (either) => [
    startProxies(proxies, { supervision, layout, runDirectory }, either),
    ...layout.nodes.map(async (node, i) => {
      const files = brokerFiles(runDirectory, node.id);
      await prepareBroker(files, { layout, node, clusterId, format, extra: spec.brokerConfig });
      const broker = await launchBroker(supervision, { node, files, version: node.version }, either);
      brokers[i] = broker;
      await untilServing({
        node,
        peers: layout.nodes.map((each) => each.nodeId),
        ended: broker.ended,
        timeoutMs: brokerStartTimeoutMs,
        signal: either,
        logTail: () => logTail(files.log),
      });
    }),
  ]);
  rollback.move();
  return new ProcessEnvironment({
    reason,
    runDirectory,
    features: format.levels,
    layout,
    supervision,
    proxies,
    brokers,
    proxyServer,
    lost: spec.lost,
  });
}

async function startProxies(
  proxies: Proxies,
  place: { readonly supervision: Supervision; readonly layout: Layout; readonly runDirectory: string },
  signal: AbortSignal,
): Promise<ProxyServer> {
  const log = proxyLog(place.runDirectory);
  const server = await place.supervision.start(
    {
      role: "toxiproxy",
      argv: [toxiproxyServer(), "-host", "127.0.0.1", "-port", String(place.layout.proxyApi)],
      env: { ...surroundings(), LOG_LEVEL: "warn" }, // of each request a line would be much
      cwd: place.runDirectory,
      log,
      limits: serverOutput,
      forward: false,
    },
    signal,
  );
  const dead = new AbortController();
  void server.ended.then(async (exit) =>
    dead.abort(
      new RollproofError(
        "environment-unavailable",
        `The toxiproxy server ended at its start (${exit.signal ?? exit.code}). The end of its log:\n${await logTail(log)}`,
        { remedy: "Read proxy/log in the run directory." },
      ),
    ),
  );
  await proxies.create(place.layout, AbortSignal.any([signal, dead.signal]));
  return { ended: server.ended, pid: server.proof.pid, log };
}

/** Whether a broker or the proxy server ended for want of a port that someone took between the picking and the binding. */
async function portWasTaken(runDirectory: string, layout: Layout): Promise<boolean> {
  const logs = [proxyLog(runDirectory), ...layout.nodes.map((node) => brokerFiles(runDirectory, node.id).log)];
  const texts = await Promise.all(logs.map((path) => readFile(path, "utf8").catch(() => "")));
  return texts.some((text) => /address already in use/i.test(text));
}

function proxyLog(runDirectory: string): string {
  return join(runDirectory, "proxy", "log");
}
