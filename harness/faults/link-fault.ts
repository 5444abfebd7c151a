import type { Link, LinkToxic } from "../model/environment.ts";
import type { Json } from "../model/event.ts";
import type { ActiveFault, FaultTarget, UndoStep } from "../model/fault.ts";
import { probeConnection, type Probed } from "./probe-connection.ts";

/** What one kind of link fault does, and how a connection shows it. */
export interface Injury {
  readonly toxics: readonly LinkToxic[];
  /** How long the probe connection waits for an answer. */
  readonly probeMs: number;
  /** Whether a fresh connection met the injury. */
  shows(probed: Probed): boolean;
  /** Whether a fresh connection after healing still meets it; host load alone must not look like it. */
  lingers(probed: Probed): boolean;
}

/** Longest that a probe connection waits. */
export const probeMsMax = 600;
const healTimeoutMs = 5_000;

export function linkId(link: Link): string {
  return `${link.from}→${link.to}`;
}

export function linksOf(target: FaultTarget, kind: string): readonly Link[] {
  if (target.kind !== "links") throw new Error(`${kind} injures links, not a process`);
  return target.links;
}

export function undoToxics(target: FaultTarget, kind: string, toxics: readonly LinkToxic[]): readonly UndoStep[] {
  return linksOf(target, kind).flatMap((link) =>
    toxics.map((toxic) => ({ kind: "remove-toxic" as const, link: linkId(link), toxic: toxic.name })),
  );
}

/** Applies the toxics to every link, all or none; disposing removes them even when the run's signal is aborted. */
export async function injureLinks(links: readonly Link[], injury: Injury, signal: AbortSignal): Promise<ActiveFault> {
  const healAll = async (): Promise<void> => {
    const deadline = AbortSignal.timeout(healTimeoutMs);
    const removals = links.flatMap((link) => injury.toxics.map((toxic) => link.remove(toxic.name, deadline)));
    const failed = (await Promise.allSettled(removals)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  try {
    await Promise.all(links.map((link) => applyAll(link, injury.toxics, signal)));
  } catch (cause) {
    await healAll().catch(() => undefined); // what could not be applied need not be removable
    throw cause;
  }
  let healed = false;
  return {
    async probe(signal) {
      const looks = await Promise.all(links.map((link) => lookAt(link, injury, signal)));
      const active = healed
        ? looks.some((look) => look.toxicsSeen > 0 || look.lingers)
        : looks.length > 0 && looks.every((look) => look.toxicsSeen === injury.toxics.length && look.shows);
      return { active, proof: looks.map((look) => look.measured) };
    },
    async [Symbol.asyncDispose]() {
      await healAll();
      healed = true;
    },
  };
}

async function applyAll(link: Link, toxics: readonly LinkToxic[], signal: AbortSignal): Promise<void> {
  for (const toxic of toxics) await link.apply(toxic, signal);
}

interface Look {
  readonly toxicsSeen: number;
  readonly shows: boolean;
  readonly lingers: boolean;
  readonly measured: Json;
}

/** Two witnesses: the proxy's own account of its toxics, and what a connection through it meets. */
async function lookAt(link: Link, injury: Injury, signal: AbortSignal): Promise<Look> {
  const before = await link.readBack(signal);
  const probed = await probeConnection(link.address, injury.probeMs, signal);
  const seen = injury.toxics.filter((toxic) => isInForce(toxic, before));
  const ours = new Set(injury.toxics.map((toxic) => toxic.name));
  // Another fault on the same link would be taken for ours: then only the proxy's account counts.
  const others = before.toxics.filter((toxic) => !ours.has(toxic.name)).map((toxic) => toxic.name);
  return {
    toxicsSeen: seen.length,
    shows: injury.shows(probed),
    lingers: others.length === 0 && injury.lingers(probed),
    measured: {
      link: linkId(link),
      enabled: before.enabled,
      toxics: seen.map((toxic) => toxic.name),
      others,
      connection: probed.outcome,
      afterMs: probed.afterMs,
    },
  };
}

function isInForce(wanted: LinkToxic, seen: Awaited<ReturnType<Link["readBack"]>>): boolean {
  if (wanted.type === "disabled") return !seen.enabled;
  return seen.toxics.some(
    (toxic) =>
      toxic.name === wanted.name &&
      toxic.type === wanted.type &&
      toxic.direction === wanted.direction &&
      Object.entries(wanted.attributes).every(([name, value]) => toxic.attributes[name] === value),
  );
}
