import type { InjuryInForce } from "../../../model/environment.ts";
import { answers, questions } from "./answers.ts";
import type { Sufferer } from "./sufferer.ts";

const answerMs = 2_000;

/**
 * Takes the container off the run's network; it comes back under the address that it had. Active as long as the daemon does
 * not list it there and its published ports are dead; given back when it is listed and its server answers again.
 */
export async function disconnect(sufferer: Sufferer): Promise<InjuryInForce> {
  const { container, engine, network, process, layout } = sufferer;
  const { NetworkSettings, HostConfig } = await container.inspect();
  const address = NetworkSettings.Networks[network.name]?.IPAddress ?? "";
  const ports = publishedPorts(HostConfig.PortBindings);
  const question = layout.nodes.some(({ id }) => id === process.id) ? questions.kafka : questions.http;
  const joint = engine.container.dockerode.getNetwork(network.id);
  await joint.disconnect({ Container: container.id, Force: true });
  let isOver = false;
  return {
    async probe() {
      const seen = (await container.inspect()).NetworkSettings.Networks[network.name];
      const isListed = seen !== undefined && seen.IPAddress === address;
      const answering = await Promise.all(ports.map((port) => answers(port, question, answerMs)));
      const proof = { state: await process.state(), address: seen?.IPAddress ?? null, ports, answering };
      if (!isOver) return { active: seen === undefined && !answering.includes(true), proof };
      return { active: proof.state !== "gone" && !(isListed && answering.every(Boolean)), proof };
    },
    async [Symbol.asyncDispose]() {
      if (isOver) return;
      isOver = true;
      if ((await process.state()) === "gone") return; // its successor is a container of its own, with the same address
      await joint.connect({ Container: container.id, EndpointConfig: { IPAMConfig: { IPv4Address: address } } });
    },
  };
}

/** Port numbers of this machine. */
function publishedPorts(bindings: unknown): readonly number[] {
  const lists: readonly unknown[] = Object.values(Object(bindings));
  return lists
    .flat()
    .map((binding) => {
      const { HostPort }: { HostPort?: unknown } = Object(binding);
      return Number(HostPort);
    })
    .filter((port) => Number.isInteger(port) && port > 0);
}
