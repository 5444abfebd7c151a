import { RollproofError } from "../../base/errors.ts";
import type { ContainerHandle, Engine } from "./engine.ts";

/** Packets that are dropped, in the words of iptables' matches. */
export interface DropRule {
  /** Unique in the name space. */
  readonly name: string;
  readonly chain: "INPUT" | "OUTPUT";
  readonly match: readonly string[];
}

/** iptables in one network name space, by a side-car that shares it and alone may do this (NET_ADMIN). */
export class PacketFilter {
  readonly #engine: Engine;
  readonly #sidecar: ContainerHandle;
  readonly #rules = new Map<string, DropRule>();

  constructor(engine: Engine, sidecar: ContainerHandle) {
    this.#engine = engine;
    this.#sidecar = sidecar;
  }

  async drop(rule: DropRule): Promise<void> {
    this.#rules.set(rule.name, rule);
    await this.#iptables("-A", rule);
  }

  /** Takes a rule away again; throws when it is not in force. */
  async pass(name: string): Promise<void> {
    const rule = this.#rules.get(name);
    if (rule === undefined)
      throw new RollproofError("environment-unavailable", `No packets are dropped under the name ${name}.`, {
        remedy: "Read the fault events: it was never applied, or is healed already.",
      });
    await this.#iptables("-D", rule);
    this.#rules.delete(name);
  }

  /** Names of the rules in force, as iptables lists them. */
  async names(): Promise<ReadonlySet<string>> {
    const listed = await this.#exec(["iptables", "-w", "5", "-S"]);
    return new Set([...listed.matchAll(/--comment "?([^\s"]+)"?/g)].map(([, name = ""]) => name));
  }

  async #iptables(verb: "-A" | "-D", { name, chain, match }: DropRule): Promise<void> {
    const comment = ["-m", "comment", "--comment", name];
    await this.#exec(["iptables", "-w", "5", verb, chain, ...match, ...comment, "-j", "DROP"]);
  }

  async #exec(argv: readonly string[]): Promise<string> {
    const { exitCode, output } = await this.#engine.container.exec(this.#sidecar, [...argv]);
    if (exitCode === 0) return output;
    throw new RollproofError(
      "environment-unavailable",
      `The side-car could not carry out ${argv.join(" ")}: ${output}`,
      {
        remedy:
          "Check that the kernel has iptables' filter and comment modules, and that the side-car may use NET_ADMIN.",
      },
    );
  }
}
