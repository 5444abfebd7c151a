import { RollproofError } from "../../../base/errors.ts";
import { carryOut, type Command } from "../containers/command.ts";

/** Packets that are dropped, in the words of iptables' matches. */
export interface DropRule {
  /** Unique in the name space. */
  readonly name: string;
  readonly chain: "INPUT" | "OUTPUT";
  readonly match: readonly string[];
}

const iptables = ["iptables", "-w", "5"];
const undoneMs = 20_000;

/**
 * iptables in one network name space, by a side-car that shares it and alone may do this (NET_ADMIN). A rule is in the kernel's
 * name space, which goes with the run's containers: whatever becomes of the harness, `clean` takes the rule away with them.
 */
export class PacketFilter {
  readonly #sidecar: Command;
  readonly #rules = new Map<string, DropRule>();

  constructor(sidecar: Command) {
    this.#sidecar = sidecar;
  }

  /** An abort ends the waiting at once; the rule, should it still come in force, is taken away again behind the caller's back. */
  async drop(rule: DropRule, signal: AbortSignal): Promise<void> {
    if (this.#rules.has(rule.name))
      throw new RollproofError("usage", `Packets are dropped under the name ${rule.name} already.`, {
        remedy: "Heal the first fault before the same one begins again on the same link.",
      });
    this.#rules.set(rule.name, rule);
    let adding: ReturnType<Command> | null = null;
    try {
      const command: Command = (argv) => (adding = this.#sidecar(argv));
      await carryOutWell(command, argvOf("-A", rule), signal);
    } catch (cause) {
      void this.#forget(rule, adding);
      throw cause;
    }
  }

  /** Takes a rule away again; throws when it is not in force. */
  async pass(name: string, signal: AbortSignal): Promise<void> {
    const rule = this.#rules.get(name);
    if (rule === undefined)
      throw new RollproofError("environment-unavailable", `No packets are dropped under the name ${name}.`, {
        remedy: "Read the fault events: it was never applied, or is healed already.",
      });
    await carryOutWell(this.#sidecar, argvOf("-D", rule), signal);
    this.#rules.delete(name);
  }

  /** Names of the rules in force, as iptables lists them. */
  async names(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const listed = await carryOutWell(this.#sidecar, [...iptables, "-S"], signal);
    return new Set([...listed.matchAll(/--comment "?([^\s"]+)"?/g)].map(([, name = ""]) => name));
  }

  /** Undoes what the command may have done by its end; nobody waits for it. */
  async #forget(rule: DropRule, adding: ReturnType<Command> | null): Promise<void> {
    try {
      const answer = await adding;
      if (answer?.exitCode === 0) await carryOutWell(this.#sidecar, argvOf("-D", rule), AbortSignal.timeout(undoneMs));
    } catch {
      // the side-car is gone, and its name space goes with the container whose it is
    } finally {
      this.#rules.delete(rule.name);
    }
  }
}

function argvOf(verb: "-A" | "-D", { name, chain, match }: DropRule): readonly string[] {
  return [...iptables, verb, chain, ...match, "-m", "comment", "--comment", name, "-j", "DROP"];
}

/** Its output; an exit code other than 0 is `environment-unavailable`. */
async function carryOutWell(sidecar: Command, argv: readonly string[], signal: AbortSignal): Promise<string> {
  const { exitCode, output } = await carryOut(sidecar, argv, signal);
  if (exitCode === 0) return output;
  throw new RollproofError("environment-unavailable", `The side-car could not carry out ${argv.join(" ")}: ${output}`, {
    remedy: "Check that the kernel has iptables' filter and comment modules, and that the side-car may use NET_ADMIN.",
  });
}
