import type { InjuryInForce } from "../../../model/environment.ts";
import { answers, questions } from "./answers.ts";
import type { Sufferer } from "./sufferer.ts";

const answerMs = 2_000;

/**
 * Takes the container off the run's network; it comes back under the address that it had. Active as long as the daemon does
 * not list it there and its published ports are dead; given back when it is listed and whatever answered before answers again:
 * a member that serves nothing is back by the daemon's account alone.
 */
export async function disconnect(sufferer: Sufferer): Promise<InjuryInForce> {
  const { container, engine, network, process, layout } = sufferer;
  const { NetworkSettings, HostConfig } = await container.inspect();
  const address = NetworkSettings.Networks[network.name]?.IPAddress ?? "";
  const ports = publishedPorts(HostConfig.PortBindings);
  const question = layout.nodes.some(({ id }) => id === process.id) ? questions.kafka : questions.http;
  const answering = (): Promise<readonly boolean[]> =>
    Promise.all(ports.map((port) => answers(port, question, answerMs)));
  const before = await answering();
  const joint = engine.container.dockerode.getNetwork(network.id);
  await joint.disconnect({ Container: container.id, Force: true });
  let isOver = false;
  return {
    async probe() {
      const seen = (await container.inspect()).NetworkSettings.Networks[network.name];
      const isListed = seen !== undefined && seen.IPAddress === address;
      const now = await answering();
      const state = await process.state();
      const proof = { state, address: seen?.IPAddress ?? null, ports, before, answering: now };
      if (!isOver) return { active: seen === undefined && !now.includes(true), proof };
      const isBack = isListed && now.every((answer, i) => answer || before[i] === false);
      return { active: state !== "gone" && !isBack, proof };
    },
    async [Symbol.asyncDispose]() {
      if (isOver) return;
      // The successor of one that is gone is a container of its own, with the same address.
      if ((await process.state()) !== "gone")
        await joint.connect({ Container: container.id, EndpointConfig: { IPAMConfig: { IPv4Address: address } } });
      isOver = true;
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
