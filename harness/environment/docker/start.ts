import { basename } from "node:path";
import { freshKafkaUuid } from "../../base/chance.ts";
import { within } from "../../base/deadline.ts";
import { together } from "../../base/together.ts";
import type { EnvironmentSpec } from "../../model/environment.ts";
import { brokerFiles, prepareBroker } from "../cluster/broker-files.ts";
import { logTail } from "../output/log-tail.ts";
import { prepareFolders } from "../cluster/folders.ts";
import { layOut, portsNeeded } from "../cluster/layout.ts";
import { freePorts } from "../cluster/ports.ts";
import { untilServing } from "../cluster/serving.ts";
import { formatStorage } from "../cluster/storage-format.ts";
import { storageTool } from "./storage-tool.ts";
import { launchBroker } from "./broker.ts";
import type { Command } from "./containers/command.ts";
import type { RunPlace } from "./containers/run-place.ts";
import { FolderDisk } from "./disks/data-disk.ts";
import { connectEngine } from "./daemon/engine.ts";
import { DockerEnvironment } from "./environment.ts";
import { imageNames, imagesOf } from "./images/images.ts";
import { ContainerIncarnation } from "./containers/incarnation.ts";
import { inflict } from "./injuries/inflict.ts";
import { noteDockerDisposed, noteDockerRun } from "./cleaning/journal.ts";
import { labels } from "./containers/labels.ts";
import { demandAnswer, orLost } from "./daemon/lost.ts";
import { removeLeftovers } from "./cleaning/leftovers.ts";
import { createNetwork } from "./networks/network.ts";
import { obtainImage } from "./images/obtain-image.ts";
import { startProxies } from "./networks/proxy-server.ts";
import { startReaper } from "./cleaning/reaping.ts";
import { startSidecar } from "./networks/sidecar.ts";
import { makeSmallDisks, SmallDisk } from "./disks/small-disk.ts";
import { smallDiskSpecs } from "./disks/small-disk-spec.ts";
import type { ContainerLife, Standing, Started } from "./standing.ts";
import { portAttempts, wasTaken } from "./networks/taken-port.ts";

const brokerStartTimeoutMs = 90_000;
const takeDownMs = 30_000;

/** Numbers of addresses in the run's network. */
const numberOf = {
  proxy: 10,
  broker: (nodeId: number) => 10 + nodeId,
  member: (index: number) => 101 + index,
} as const;

/** Starts network, brokers and proxies; with other ports again when one of them was taken in the meantime. */
export async function startDockerEnvironment(
  spec: EnvironmentSpec,
  reason: string,
  signal: AbortSignal,
): Promise<DockerEnvironment> {
  const { runDirectory } = spec;
  const runId = basename(runDirectory);
  const engine = await connectEngine();
  const names = imageNames(spec.images);
  for (const image of imagesOf({ ...spec, members: [] })) await obtainImage(engine, image, signal);
  noteDockerRun(runDirectory, runId);
  const reaper = startReaper(runDirectory, runId);
  const place: RunPlace = {
    engine,
    runId,
    labels: {
      [labels.run]: runId,
      [labels.harness]: String(process.pid),
      [labels.directory]: runDirectory,
    },
  };
  const takeDown = async (): Promise<void> => {
    await demandAnswer();
    const { signal: never } = new AbortController();
    const deadline = { what: "the containers of the run to go", timeoutMs: takeDownMs, signal: never };
    const removed = removeLeftovers(runId, AbortSignal.timeout(takeDownMs));
    await orLost(
      within({ ...deadline, remedy: "Look at the Docker daemon's log, then run `rollproof clean`." }, removed),
    );
    noteDockerDisposed(runDirectory);
    await reaper.dismiss();
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(spec, { place, names, reason, takeDown }, signal);
    } catch (error) {
      const again = !signal.aborted && attempt < portAttempts && wasTaken(error);
      if (again) await removeLeftovers(runId, AbortSignal.timeout(takeDownMs));
      else await takeDown();
      if (!again) throw error;
    }
  }
}

async function startOnce(
  spec: EnvironmentSpec,
  wanted: Pick<Standing, "place" | "names"> & Pick<Started, "reason" | "takeDown">,
  signal: AbortSignal,
): Promise<DockerEnvironment> {
  const { runDirectory, memberSlots } = spec;
  const { place, names } = wanted;
  await prepareFolders(runDirectory);
  const network = await createNetwork(place);
  const ports = await freePorts(portsNeeded(spec.brokers.length, memberSlots));
  const layout = layOut(spec, ports, {
    bind: "0.0.0.0",
    broker: (nodeId) => network.address(numberOf.broker(nodeId)),
    proxy: network.address(numberOf.proxy),
  });
  const small = await makeSmallDisks({ place, image: names.sidecar, runDirectory }, smallDiskSpecs(spec, layout));
  const standing: Standing = {
    ...wanted,
    network,
    layout,
    runDirectory,
    lost: spec.lost ?? (() => undefined),
    diskOf: (id, path) => small.get(id) ?? new FolderDisk(path),
    incarnationOf: (life) => incarnationOf(standing, life),
  };
  const format = await formatStorage(storageTool(standing), spec, signal);
  const clusterId = freshKafkaUuid();
  // What has ended before the taking down makes no container after it.
  const [{ linkParts, server: proxyServer }, ...brokers] = await together(signal, (either) => [
    startProxies(standing, either),
    ...layout.nodes.map(async (node) => {
      const files = brokerFiles(runDirectory, node.id);
      await prepareBroker(files, { layout, node, clusterId, format, extra: spec.brokerConfig });
      await standing.diskOf(node.id, files.data).mirror();
      const broker = await launchBroker(standing, { node, version: node.version, incarnation: 1, signal: either });
      await untilServing({
        node,
        peers: layout.nodes.map((each) => each.nodeId),
        image: names.kafka(node.version),
        ended: broker.ended,
        timeoutMs: brokerStartTimeoutMs,
        signal: either,
        logTail: () => logTail(files.log),
      });
      return broker;
    }),
  ]);
  return new DockerEnvironment(spec, {
    ...wanted,
    ...standing,
    features: format.levels,
    linkParts,
    proxyServer,
    brokers,
    memberAddress: (index) => network.address(numberOf.member(index)),
  });
}

/** With a side-car in its network name space as soon as an injury needs one. */
async function incarnationOf(standing: Standing, { clockFile, ...life }: ContainerLife): Promise<ContainerIncarnation> {
  const { place, network, layout } = standing;
  const { container } = life;
  let sidecar: Promise<Command> | null = null;
  let injuries = 0;
  return new ContainerIncarnation({
    ...life,
    lost: standing.lost,
    pid: (await container.inspect()).State.Pid,
    injure: (process, injury, signal) =>
      inflict(
        {
          process,
          container,
          network,
          layout,
          engine: place.engine,
          clockFile: clockFile ?? null,
          smallDisk: life.disk instanceof SmallDisk ? life.disk : null,
          sidecar: () =>
            (sidecar ??= startSidecar(standing, container, { of: life.id, incarnation: life.incarnation })),
          number: ++injuries,
        },
        injury,
        signal,
      ),
  });
}
