import { RollproofError } from "../../base/errors.ts";
import type { BrokerId, MemberId } from "../../model/brand.ts";
import type { Link, LinkInjury } from "../../model/environment.ts";
import { proxyName, type SlotPorts } from "./layout.ts";
import type { Proxies } from "./proxies.ts";
import { injuryOf, toxicOf } from "./toxics.ts";

/** A (slot, broker) way through toxiproxy. `refuse` switches the proxy off; its name is remembered here only. */
export class ProxyLink implements Link {
  readonly from: MemberId;
  readonly to: BrokerId;
  readonly address: string;
  readonly #proxies: Proxies;
  readonly #proxy: string;
  #refusedBy: LinkInjury | null = null;

  constructor(proxies: Proxies, to: BrokerId, ports: SlotPorts) {
    this.#proxies = proxies;
    this.from = ports.slot;
    this.to = to;
    this.address = `127.0.0.1:${ports.proxy}`;
    this.#proxy = proxyName(ports.slot, to);
  }

  async apply(injury: LinkInjury, signal: AbortSignal): Promise<void> {
    if (injury.kind === "refuse") {
      await this.#proxies.enable(this.#proxy, false, signal);
      this.#refusedBy = injury;
    } else {
      await this.#proxies.addToxic(this.#proxy, toxicOf(injury), signal);
    }
    const now = await this.readBack(signal);
    if (!now.some((live) => live.name === injury.name))
      throw new RollproofError("environment-unavailable", `${injury.name} is not in force on ${this.#proxy}.`, {
        remedy: "Read proxy/log in the run directory.",
      });
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    if (this.#refusedBy?.name === name) {
      await this.#proxies.enable(this.#proxy, true, signal);
      this.#refusedBy = null;
    } else {
      await this.#proxies.removeToxic(this.#proxy, name, signal);
    }
  }

  async readBack(signal: AbortSignal): Promise<readonly LinkInjury[]> {
    const { enabled, toxics } = await this.#proxies.state(this.#proxy, signal);
    const live = toxics.map(injuryOf);
    return enabled || this.#refusedBy === null ? live : [...live, this.#refusedBy];
  }
}
