import type { BrokerId, MemberId } from "../../../model/brand.ts";
import type { Link, LinkInjury } from "../../../model/environment.ts";
import { ProxyLink } from "../../cluster/proxy-link.ts";
import type { SlotPorts } from "../../cluster/layout.ts";
import type { Proxies } from "../../cluster/proxies.ts";
import type { DropRule, PacketFilter } from "./packet-filter.ts";

/** What a link in containers goes through. */
export interface LinkParts {
  readonly proxies: Proxies;
  /** Of the proxy server's name space. */
  readonly filter: PacketFilter;
  readonly proxyAddress: string;
}

/**
 * A (slot, broker) way through toxiproxy, where a hold is real packet loss: all packets to, or from, that pair's port of the
 * proxy server are dropped, so that TCP itself holds the bytes and sends them again. The rule is in the proxy's name space
 * and not in the member's, so that it stays in force when the member is started anew. Everything else is toxiproxy's.
 */
export class FilteredLink implements Link {
  readonly from: MemberId;
  readonly to: BrokerId;
  readonly address: string;
  readonly #proxy: ProxyLink;
  readonly #parts: LinkParts;
  readonly #port: number;
  readonly #held = new Map<string, LinkInjury>();

  constructor(parts: LinkParts, to: BrokerId, ports: SlotPorts) {
    this.#proxy = new ProxyLink(parts.proxies, to, ports);
    this.#parts = parts;
    this.#port = ports.proxy;
    this.from = ports.slot;
    this.to = to;
    this.address = this.#proxy.address;
  }

  async apply(injury: LinkInjury, signal: AbortSignal): Promise<void> {
    if (injury.kind !== "hold") return await this.#proxy.apply(injury, signal);
    await this.#parts.filter.drop(this.#rule(injury), signal);
    this.#held.set(injury.name, injury);
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    const held = this.#held.get(name);
    if (held === undefined) return await this.#proxy.remove(name, signal);
    await this.#parts.filter.pass(this.#rule(held).name, signal);
    this.#held.delete(name);
  }

  async readBack(signal: AbortSignal): Promise<readonly LinkInjury[]> {
    const live = await this.#proxy.readBack(signal);
    if (this.#held.size === 0) return live;
    const names = await this.#parts.filter.names(signal);
    return [...live, ...[...this.#held.values()].filter((injury) => names.has(this.#rule(injury).name))];
  }

  #rule({ name, way }: LinkInjury): DropRule {
    const { proxyAddress } = this.#parts;
    const port = String(this.#port);
    return {
      name: `rollproof:${this.from}.${this.to}:${name}`,
      chain: way === "to-broker" ? "INPUT" : "OUTPUT",
      match:
        way === "to-broker"
          ? ["-p", "tcp", "-d", proxyAddress, "--dport", port]
          : ["-p", "tcp", "-s", proxyAddress, "--sport", port],
    };
  }
}
