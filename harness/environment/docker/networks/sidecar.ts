import { commandIn, type Command } from "../containers/command.ts";
import { startContainer } from "../containers/container.ts";
import type { ContainerHandle } from "../daemon/engine.ts";
import type { Standing } from "../standing.ts";

/** Starts a side-car in another container's network name space: commands in it may use iptables there. */
export async function startSidecar(
  { place, names }: Standing,
  beside: ContainerHandle,
  { of, incarnation }: { readonly of: string; readonly incarnation: number },
): Promise<Command> {
  const container = await startContainer(place, {
    role: `sidecar-${of}`,
    incarnation,
    image: names.sidecar,
    argv: ["sleep", "infinity"],
    env: {},
    workingDirectory: null,
    network: { with: beside },
    reads: [],
    writes: [],
    ports: [],
    capabilities: ["NET_ADMIN"],
  });
  return commandIn(place.engine, container);
}
