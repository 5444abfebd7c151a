import type { InjuryInForce, ProcessInjury } from "../../../model/environment.ts";
import { RollproofError } from "../../../base/errors.ts";
import type { NodePorts } from "../../cluster/layout.ts";
import { PacketFilter, type DropRule } from "../packet-filter.ts";
import type { Sufferer } from "./sufferer.ts";

type Cut = Extract<ProcessInjury, { readonly kind: "cut" }>;
/** What became of a dialled connection. */
type Dialled = "reached" | "refused" | "silent";

/** Shorter than the 3 s after which the kernel calls a neighbour without a machine unreachable. */
const dialSeconds = 1;
/** Exit code of timeout(1) when the time was over. */
const timedOut = 124;

/**
 * Drops packets between the broker and others by their addresses, in the broker's network name space. Whichever way is cut, no
 * TCP handshake succeeds; the probe dials from there besides looking whether the rules are in force.
 */
export async function cut(sufferer: Sufferer, { from, way }: Cut): Promise<InjuryInForce> {
  const peers = sufferer.layout.nodes.filter(({ id }) => from.includes(id));
  if (peers.length < from.length || sufferer.layout.nodes.every(({ id }) => id !== sufferer.process.id))
    throw new RollproofError("usage", `${sufferer.process.id} cannot be cut from ${from.join(", ")}.`, {
      remedy: "Cut a broker from other brokers.",
    });
  const filter = new PacketFilter(sufferer.engine, await sufferer.sidecar());
  const rules = peers.flatMap((peer) => rulesOf(sufferer.layout.hosts.broker(peer.nodeId), peer.id, way));
  const dropped: string[] = [];
  const giveBack = async (): Promise<void> => {
    for (const name of dropped.splice(0)) await filter.pass(name);
  };
  try {
    for (const rule of rules) {
      await filter.drop(rule);
      dropped.push(rule.name);
    }
  } catch (cause) {
    await giveBack();
    throw cause;
  }
  let isOver = false;
  return {
    async probe() {
      const listed = await filter.names();
      const inForce = rules.map(({ name }) => name).filter((name) => listed.has(name));
      const dialled = await Promise.all(peers.map((peer) => dial(sufferer, peer)));
      const proof = { rules: inForce, dialled: Object.fromEntries(peers.map(({ id }, i) => [id, dialled[i] ?? null])) };
      const holds = inForce.length === rules.length && !dialled.includes("reached");
      return { active: isOver ? inForce.length > 0 : holds, proof };
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await giveBack();
    },
  };
}

function rulesOf(address: string, peer: string, way: Cut["way"]): readonly DropRule[] {
  const name = (chain: string): string => `rollproof:cut:${peer}:${chain}`;
  const into: DropRule = { name: name("INPUT"), chain: "INPUT", match: ["-s", address] };
  const out: DropRule = { name: name("OUTPUT"), chain: "OUTPUT", match: ["-d", address] };
  return way === "both" ? [into, out] : [way === "in" ? into : out];
}

/** Dials the peer's listener for brokers from within the name space. */
async function dial(sufferer: Sufferer, peer: NodePorts): Promise<Dialled> {
  const place = [sufferer.layout.hosts.broker(peer.nodeId), String(peer.internal)];
  const argv = ["timeout", String(dialSeconds), "bash", "-c", 'exec 3<>"/dev/tcp/$0/$1"', ...place];
  const { exitCode } = await sufferer.engine.container.exec(await sufferer.sidecar(), argv);
  if (exitCode === 0) return "reached";
  return exitCode === timedOut ? "silent" : "refused";
}
