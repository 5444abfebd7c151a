import type { InjuryInForce, ProcessInjury } from "../../../model/environment.ts";
import { within } from "../../../base/deadline.ts";
import { RollproofError } from "../../../base/errors.ts";
import { carryOut, type Command } from "../containers/command.ts";
import { PacketFilter, type DropRule } from "../networks/packet-filter.ts";
import type { Sufferer } from "./sufferer.ts";

type Cut = Extract<ProcessInjury, { readonly kind: "cut" }>;
/** What became of a dialled connection. */
type Dialled = "reached" | "refused" | "silent";

const giveBackMs = 30_000;
const sidecarMs = 30_000;
const remedy = "Look whether the Docker daemon still answers (docker ps), and at its log.";
/** Shorter than the 3 s after which the kernel calls a neighbour without a machine unreachable. */
const dialSeconds = 1;
/** Exit codes: of timeout(1) when the time was over, and of a shell whose redirection fails. */
const timedOut = 124;
const failed = 1;

/** What of a container a cut touches. */
export interface CutParts extends Pick<Sufferer, "layout" | "sidecar" | "number"> {
  readonly process: Pick<Sufferer["process"], "id">;
}

/**
 * Drops packets between the broker and others by their addresses, in the broker's network name space. Whichever way is cut, no
 * TCP handshake succeeds, and none is refused; the probe dials from there besides looking whether the rules are in force. The
 * rules are this injury's own, so that of two that overlap either may be healed first.
 */
export async function cut(sufferer: CutParts, { from, way }: Cut, signal: AbortSignal): Promise<InjuryInForce> {
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
  const dropped = new Set<string>();
  const giveBack = async (): Promise<void> => {
    const late = AbortSignal.timeout(giveBackMs);
    const causes: unknown[] = [];
    for (const rule of dropped)
      await filter.pass(rule, late).then(
        () => dropped.delete(rule),
        (cause: unknown) => causes.push(cause),
      );
    if (causes.length > 0) throw causes[0];
  };
  try {
    for (const rule of rules) {
      await filter.drop(rule, signal);
      dropped.add(rule.name);
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
      const holds = inForce.length === rules.length && dialled.every((became) => became === "silent");
      return { active: isOver ? inForce.length > 0 : holds, proof };
    },
    async [Symbol.asyncDispose]() {
      await giveBack();
      isOver = true;
    },
  };
}

function rulesOf(name: string, address: string, way: Cut["way"]): readonly DropRule[] {
  const into: DropRule = { name: `${name}:INPUT`, chain: "INPUT", match: ["-s", address] };
  const out: DropRule = { name: `${name}:OUTPUT`, chain: "OUTPUT", match: ["-d", address] };
  return way === "both" ? [into, out] : [way === "in" ? into : out];
}

/** Dials the peer's listener for brokers from within the name space; throws when the side-car cannot dial at all. */
async function dial(sidecar: Command, [host, port]: readonly [string, number], signal: AbortSignal): Promise<Dialled> {
  const argv = ["timeout", String(dialSeconds), "bash", "-c", 'exec 3<>"/dev/tcp/$0/$1"', host, String(port)];
  const { exitCode, output } = await carryOut(sidecar, argv, signal);
  if (exitCode === 0) return "reached";
  if (exitCode === timedOut) return "silent";
  if (exitCode === failed) return "refused";
  throw new RollproofError("environment-unavailable", `The side-car cannot dial (exit code ${exitCode}): ${output}`, {
    remedy: "Name a side-car's image that has bash and timeout besides iptables, or none: it is built then.",
  });
}
