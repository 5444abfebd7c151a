import { isDeepStrictEqual } from "node:util";
import type { Link, LinkInjury } from "../model/environment.ts";
import type { Json } from "../model/event.ts";
import type { ActiveFault, FaultTarget, UndoStep } from "../model/fault.ts";
import { StillInjured } from "./still-injured.ts";
import { probeConnection, type Probed } from "./probe-connection.ts";

/** What one kind of link fault does, and how a connection shows it. */
export interface Harm {
  readonly injuries: readonly LinkInjury[];
  /** How long the probe connection waits for an answer. */
  readonly probeMs: number;
  /** Whether a fresh connection met the injury. */
  shows(probed: Probed): boolean;
  /**
   * Whether a fresh connection after healing still meets it, by more than silence: a silent link is never a sound one, and an
   * answer that is only late is any answer on a loaded host.
   */
  lingers?(probed: Probed): boolean;
  /** Why a connection could not have met it, so that the means' account stands alone; null: it could. */
  unseen?(probed: Probed): string | null;
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

export function undoInjuries(target: FaultTarget, kind: string, injuries: readonly LinkInjury[]): readonly UndoStep[] {
  return linksOf(target, kind).flatMap((link) =>
    injuries.map(({ name }) => ({ kind: "remove-link-injury" as const, link: linkId(link), injury: name })),
  );
}

/** Below this an answer is as late on a sound link. */
const visibleMs = 20;

/**
 * How a harm shows that keeps the bytes of a connection back for `keptMs` in all: by an answer that comes no sooner, or
 * not at all. What keeps a probe's few bytes back for less than visibleMs rests on the means' own account, and says so.
 */
export function lateness(keptMs: (probed: Probed) => number): Pick<Harm, "shows" | "unseen"> {
  return {
    shows: (probed) =>
      probed.outcome === "mute" || (probed.outcome === "answered" && probed.afterMs >= Math.floor(keptMs(probed)) - 1),
    unseen: (probed) =>
      probed.outcome !== "answered" || keptMs(probed) >= visibleMs
        ? null
        : `${probed.bytes.sent} + ${probed.bytes.received} bytes pass in less than ${visibleMs} ms: the means' account alone`,
  };
}

/** Bytes of a probe on one way. */
export function bytesOn(way: LinkInjury["way"], { bytes }: Probed): number {
  return way === "to-broker" ? bytes.sent : bytes.received;
}

/** Applies the injuries to every link, all or none; disposing removes them even when the run's signal is aborted. */
export async function injureLinks(links: readonly Link[], harm: Harm, signal: AbortSignal): Promise<ActiveFault> {
  const healAll = async (): Promise<void> => {
    const deadline = AbortSignal.timeout(healTimeoutMs);
    const removals = links.flatMap((link) => harm.injuries.map(({ name }) => link.remove(name, deadline)));
    const failed = (await Promise.allSettled(removals)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  try {
    await Promise.all(links.map((link) => applyAll(link, harm.injuries, signal)));
  } catch (cause) {
    await healAll().catch(() => undefined); // what could not be applied need not be removable
    if (await isAnyLeft(links, harm)) throw new StillInjured(`${String(cause)}; it could not be taken back`, { cause });
    throw cause;
  }
  let healed = false;
  return {
    async probe(signal) {
      const looks = await Promise.all(links.map((link) => lookAt(link, harm, signal)));
      const active = healed
        ? looks.some((look) => look.seen > 0 || look.lingers)
        : looks.length > 0 && looks.every((look) => look.seen === harm.injuries.length && look.shows);
      return { active, proof: looks.map((look) => look.measured) };
    },
    async [Symbol.asyncDispose]() {
      await healAll();
      healed = true;
    },
  };
}

/** Whether an injury of the harm is in force somewhere, or nobody can say. */
async function isAnyLeft(links: readonly Link[], { injuries }: Harm): Promise<boolean> {
  const ours = new Set(injuries.map(({ name }) => name));
  const deadline = AbortSignal.timeout(healTimeoutMs);
  const looks = links.map(async (link) => (await link.readBack(deadline)).some(({ name }) => ours.has(name)));
  return (await Promise.allSettled(looks)).some((look) => look.status === "rejected" || look.value);
}

async function applyAll(link: Link, injuries: readonly LinkInjury[], signal: AbortSignal): Promise<void> {
  for (const injury of injuries) await link.apply(injury, signal);
}

interface Look {
  readonly seen: number;
  readonly shows: boolean;
  readonly lingers: boolean;
  readonly measured: Json;
}

/** Two witnesses: the means' own account of what it does, and what a connection through it meets. */
async function lookAt(link: Link, harm: Harm, signal: AbortSignal): Promise<Look> {
  const before = await link.readBack(signal);
  const probed = await probeConnection(link.address, harm.probeMs, signal);
  const seen = harm.injuries.filter((injury) => before.some((live) => isDeepStrictEqual(live, injury)));
  const unseen = seen.length === 0 ? null : (harm.unseen?.(probed) ?? null);
  const ours = new Set(harm.injuries.map(({ name }) => name));
  // Another fault on the same link would be taken for ours: then only the means' account counts.
  const others = before.map(({ name }) => name).filter((name) => !ours.has(name));
  return {
    seen: seen.length,
    shows: harm.shows(probed),
    lingers: others.length === 0 && (probed.outcome === "mute" || harm.lingers?.(probed) === true),
    measured: {
      link: linkId(link),
      inForce: seen.map(({ name }) => name),
      others,
      connection: probed.outcome,
      afterMs: probed.afterMs,
      ...(unseen === null ? {} : { unseen }),
    },
  };
}
