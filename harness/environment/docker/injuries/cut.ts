import type { InjuryInForce, ProcessInjury } from "../../../model/environment.ts";
import { within } from "../../../base/deadline.ts";
import { RollproofError } from "../../../base/errors.ts";
import { carryOut, type Command } from "../command.ts";
import { PacketFilter, type DropRule } from "../packet-filter.ts";
import type { Sufferer } from "./sufferer.ts";

type Cut = Extract<ProcessInjury, { readonly kind: "cut" }>;
/** What became of a dialled connection. */
type Dialled = "reached" | "refused" | "silent";

const giveBackMs = 30_000;
const sidecarMs = 30_000;
const remedy = "Look whether the Docker daemon still answers (docker ps), and at its log.";
/** Shorter than the 3 s after which the kernel calls a neighbour without a machine unreachable. */
const dialSeconds = 1;
/** Exit code of timeout(1) when the time was over. */
const timedOut = 124;

/**
 * Drops packets between the broker and others by their addresses, in the broker's network name space. Whichever way is cut, no
 * TCP handshake succeeds; the probe dials from there besides looking whether the rules are in force. The rules are this injury's
 * own, so that of two that overlap either may be healed first.
 */
export async function cut(sufferer: Sufferer, { from, way }: Cut, signal: AbortSignal): Promise<InjuryInForce> {
  const peers = sufferer.layout.nodes.filter(({ id }) => from.includes(id));
  if (peers.length < from.length || sufferer.layout.nodes.every(({ id }) => id !== sufferer.process.id))
    throw new RollproofError("usage", `${sufferer.process.id} cannot be cut from ${from.join(", ")}.`, {
      remedy: "Cut a broker from other brokers.",
    });
  const sidecar = await within(
    { what: "the side-car to start", timeoutMs: sidecarMs, signal, remedy },
    sufferer.sidecar(),
  );
  const filter = new PacketFilter(sidecar);
  const name = `rollproof:cut-${sufferer.number}`;
  const rules = peers.flatMap((peer) => rulesOf(`${name}:${peer.id}`, sufferer.layout.hosts.broker(peer.nodeId), way));
  const dropped: string[] = [];
  const giveBack = async (): Promise<void> => {
    const late = AbortSignal.timeout(giveBackMs);
    for (const rule of dropped.splice(0)) await filter.pass(rule, late);
  };
  try {
    for (const rule of rules) {
      await filter.drop(rule, signal);
      dropped.push(rule.name);
    }
  } catch (cause) {
    void giveBack().catch(() => undefined); // the caller is told at once; its rules go with the container at the latest
    throw cause;
  }
  let isOver = false;
  return {
    async probe(probing) {
      const listed = await filter.names(probing);
      const inForce = rules.map(({ name }) => name).filter((name) => listed.has(name));
      const dialled = await Promise.all(
        peers.map(({ nodeId, internal }) => dial(sidecar, [sufferer.layout.hosts.broker(nodeId), internal], probing)),
      );
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

function rulesOf(name: string, address: string, way: Cut["way"]): readonly DropRule[] {
  const into: DropRule = { name: `${name}:INPUT`, chain: "INPUT", match: ["-s", address] };
  const out: DropRule = { name: `${name}:OUTPUT`, chain: "OUTPUT", match: ["-d", address] };
  return way === "both" ? [into, out] : [way === "in" ? into : out];
}

/** Dials the peer's listener for brokers from within the name space. */
async function dial(sidecar: Command, [host, port]: readonly [string, number], signal: AbortSignal): Promise<Dialled> {
  const argv = ["timeout", String(dialSeconds), "bash", "-c", 'exec 3<>"/dev/tcp/$0/$1"', host, String(port)];
  const { exitCode } = await carryOut(sidecar, argv, signal);
  if (exitCode === 0) return "reached";
  return exitCode === timedOut ? "silent" : "refused";
}
