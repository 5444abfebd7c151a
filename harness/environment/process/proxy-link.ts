import { RollproofError } from "../../base/errors.ts";
import type { BrokerId, MemberId } from "../../model/brand.ts";
import type { Link, LinkToxic } from "../../model/environment.ts";
import { proxyName, type SlotPorts } from "./layout.ts";
import type { Proxies } from "./proxies.ts";

/** A (slot, broker) way through toxiproxy. `disabled` switches the proxy off; its name is remembered here only. */
export class ProxyLink implements Link {
  readonly from: MemberId;
  readonly to: BrokerId;
  readonly address: string;
  readonly #proxies: Proxies;
  readonly #proxy: string;
  #disabledBy: LinkToxic | null = null;

  constructor(proxies: Proxies, to: BrokerId, ports: SlotPorts) {
    this.#proxies = proxies;
    this.from = ports.slot;
    this.to = to;
    this.address = `127.0.0.1:${ports.proxy}`;
    this.#proxy = proxyName(ports.slot, to);
  }

  async apply(toxic: LinkToxic, signal: AbortSignal): Promise<void> {
    const { type } = toxic;
    if (type === "disabled") {
      await this.#proxies.enable(this.#proxy, false, signal);
      this.#disabledBy = toxic;
    } else {
      await this.#proxies.addToxic(this.#proxy, { ...toxic, type }, signal);
    }
    const now = await this.readBack(signal);
    if (!now.toxics.some((live) => live.name === toxic.name))
      throw new RollproofError("environment-unavailable", `${toxic.name} is not in force on ${this.#proxy}.`, {
        remedy: "Read proxy/log in the run directory.",
      });
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    if (this.#disabledBy?.name === name) {
      await this.#proxies.enable(this.#proxy, true, signal);
      this.#disabledBy = null;
    } else {
      await this.#proxies.removeToxic(this.#proxy, name, signal);
    }
  }

  async readBack(signal: AbortSignal): Promise<{ readonly enabled: boolean; readonly toxics: readonly LinkToxic[] }> {
    const { enabled, toxics } = await this.#proxies.state(this.#proxy, signal);
    const live = toxics.map(({ name, type, stream, attributes }): LinkToxic => ({
      name,
      type,
      direction: stream === "upstream" ? "to-broker" : "to-member",
      attributes,
    }));
    return { enabled, toxics: enabled || this.#disabledBy === null ? live : [...live, this.#disabledBy] };
  }
}
