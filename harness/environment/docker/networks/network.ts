import { RollproofError } from "../../../base/errors.ts";
import type { RunPlace } from "../containers/run-place.ts";

/** A bridge of the run's own. Addresses are given, never dealt out, so that a container keeps its own over restarts. */
export interface RunNetwork {
  readonly name: string;
  readonly id: string;
  /** The address with this number in the subnet; the gateway has 1. */
  address(number: number): string;
}

const attempts = 10;

/**
 * Makes the network `rollproof-<run id>`. Docker gives addresses of the user's choice only in a subnet of the user's choice;
 * so the daemon is let choose one first (it knows what is taken), and that one is asked for. Another run may be quicker: then
 * again.
 */
export async function createNetwork(place: RunPlace): Promise<RunNetwork> {
  const { dockerode } = place.engine.container;
  const name = `rollproof-${place.runId}`;
  const wanted = { Name: name, CheckDuplicate: true, Driver: "bridge", Labels: { ...place.labels } };
  let refused: unknown = null;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const subnet = await subnetOf(await dockerode.createNetwork(wanted));
      const network = await dockerode.createNetwork({
        ...wanted,
        IPAM: { Driver: "default", Config: [{ Subnet: subnet }] },
      });
      const [a = "", b = "", c = ""] = subnet.split(".");
      return { name, id: network.id, address: (number) => `${a}.${b}.${c}.${number}` };
    } catch (cause) {
      refused = cause;
    }
  }
  throw new RollproofError("environment-unavailable", `No network could be made for the run: ${String(refused)}`, {
    remedy: "Remove networks that nobody uses: `docker network prune`, and `rollproof clean` for those of dead runs.",
    cause: refused,
  });
}

/** The IPv4 subnet that the daemon chose for a network which is for nothing else; the network goes, whatever comes of it. */
export async function subnetOf(trial: { inspect(): Promise<unknown>; remove(): Promise<unknown> }): Promise<string> {
  let config: readonly { readonly Subnet?: string }[];
  try {
    const { IPAM }: { IPAM?: { Config?: typeof config } } = Object(await trial.inspect());
    config = IPAM?.Config ?? [];
  } finally {
    await trial.remove(); // its name is wanted
  }
  const subnets = config.map(({ Subnet = "" }) => Subnet);
  const subnet = subnets.find((each) => /^\d+\.\d+\.\d+\.\d+\/\d+$/.test(each));
  if (subnet !== undefined) return subnet;
  throw new Error(`the daemon named no IPv4 subnet (${subnets.join(", ")})`);
}
