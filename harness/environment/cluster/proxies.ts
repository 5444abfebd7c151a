import { Toxiproxy } from "toxiproxy-node-client";
import { z } from "zod";
import { until, within } from "../../base/deadline.ts";
import { RollproofError } from "../../base/errors.ts";
import type { Layout } from "./layout.ts";
import { proxyName } from "./layout.ts";
import type { Toxic } from "./toxics.ts";

const remedy = "Read proxy/log in the run directory.";
const answerTimeoutMs = 5_000;

const proxyState = z.object({
  listen: z.string(),
  upstream: z.string(),
  enabled: z.boolean(),
  toxics: z.array(
    z.object({
      name: z.string(),
      type: z.enum(["latency", "bandwidth", "slicer", "reset_peer"]),
      stream: z.enum(["upstream", "downstream"]),
      attributes: z.record(z.string(), z.number()),
    }),
  ),
});
export type ProxyState = z.infer<typeof proxyState>;

/**
 * The toxiproxy server's API. The node client carries out what changes something; every answer that counts is read back by
 * plain HTTP, since the client hides error bodies and cannot list toxics.
 */
export class Proxies {
  readonly #base: string;
  readonly #client: Toxiproxy;

  constructor(port: number) {
    this.#base = `http://127.0.0.1:${port}`;
    this.#client = new Toxiproxy(this.#base);
  }

  /** Waits for the server and makes one proxy for each (slot, broker) pair. */
  async create(layout: Layout, signal: AbortSignal): Promise<void> {
    await until({ what: "the toxiproxy server to answer", timeoutMs: 10_000, signal, remedy, everyMs: 20 }, async () =>
      (await this.#answers(signal)) ? true : undefined,
    );
    const wanted = layout.nodes.flatMap((node) =>
      node.slots.map((ports) => ({
        name: proxyName(ports.slot, node.id),
        listen: `${layout.hosts.bind}:${ports.proxy}`,
        upstream: `${layout.hosts.broker(node.nodeId)}:${ports.listener}`,
        enabled: true,
      })),
    );
    await this.#within("make the proxies", signal, this.#client.populate(wanted));
    for (const proxy of wanted) {
      const made = await this.state(proxy.name, signal);
      if (made.enabled && made.upstream === proxy.upstream && portOf(made.listen) === portOf(proxy.listen)) continue;
      throw new RollproofError("environment-unavailable", `The proxy ${proxy.name} was not made as asked.`, { remedy });
    }
  }

  async addToxic(proxy: string, toxic: Toxic, signal: AbortSignal): Promise<void> {
    const found = await this.#within(`find the proxy ${proxy}`, signal, this.#client.get(proxy));
    const body = { ...toxic, toxicity: 1 }; // chance is the plan's, never the proxy's
    await this.#within(`add ${toxic.name} to ${proxy}`, signal, found.addToxic(body));
  }

  async removeToxic(proxy: string, toxic: string, signal: AbortSignal): Promise<void> {
    const found = await this.#within(`find the proxy ${proxy}`, signal, this.#client.get(proxy));
    const live = await this.#within(`find ${toxic} on ${proxy}`, signal, found.getToxic(toxic));
    await this.#within(`remove ${toxic} from ${proxy}`, signal, live.remove());
  }

  async enable(proxy: string, enabled: boolean, signal: AbortSignal): Promise<void> {
    const found = await this.#within(`find the proxy ${proxy}`, signal, this.#client.get(proxy));
    const { listen, upstream } = found;
    await this.#within(`switch ${proxy}`, signal, found.update({ enabled, listen, upstream }));
  }

  /** What the server itself says of a proxy. */
  async state(proxy: string, signal: AbortSignal): Promise<ProxyState> {
    const response = await fetch(`${this.#base}/proxies/${proxy}`, { signal: patience(signal) });
    const text = await response.text();
    if (!response.ok)
      throw new RollproofError("environment-unavailable", `toxiproxy refused to show ${proxy}: ${text}`, { remedy });
    return proxyState.parse(JSON.parse(text));
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    try {
      const response = await fetch(`${this.#base}/version`, { signal: patience(signal) });
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  }

  async #within<T>(what: string, signal: AbortSignal, promise: Promise<T>): Promise<T> {
    try {
      return await within({ what: `toxiproxy to ${what}`, timeoutMs: answerTimeoutMs, signal, remedy }, promise);
    } catch (cause) {
      if (cause instanceof RollproofError || signal.aborted) throw cause;
      throw new RollproofError("environment-unavailable", `toxiproxy could not ${what}: ${String(cause)}`, {
        remedy,
        cause,
      });
    }
  }
}

/** The server says `[::]` where it was asked for 0.0.0.0. */
function portOf(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}

function patience(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
}
