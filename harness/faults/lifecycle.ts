import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { stretched } from "../base/host-factor.ts";
import type { RecordEvent } from "../model/event.ts";
import type { ActiveFault, Proof } from "../model/fault.ts";
import type { PlannedFault } from "../model/plan.ts";
import type { CheckedFault } from "./checked-fault.ts";
import type { FaultJournal } from "./journal.ts";
import type { ResolvedTarget } from "./resolver.ts";
import { StillInjured } from "./still-injured.ts";

/** What every fault's life touches. */
export interface LifecycleWorld {
  readonly record: RecordEvent;
  readonly journal: FaultJournal;
  /** The run's. Healing goes on after an abort, only in more haste. */
  readonly signal: AbortSignal;
  readonly hostFactor: number;
}

/** A fault in force. */
export interface AppliedFault {
  /** Heals, once, and proves it; what could not be proven is in the history, not thrown. */
  heal(): Promise<void>;
}

/** A probe of what the Docker daemon counts takes two of its seconds, and more in a container that is short of time. */
const activeWithinMs = 5_000;
const healedWithinMs = 20_000;
const hasteMs = 3_000;

/**
 * planned → journalled → applied → probed active, each recorded in its turn. Throws what inject threw, with nothing left
 * injured or, where that is not sure, with the fault recorded as not healed and left in the journal for `clean`. A fault that no probe could prove is recorded `active: false`, and the verdict will be unknown.
 */
export async function applyFault(
  world: LifecycleWorld,
  planned: PlannedFault,
  fault: CheckedFault,
  resolved: ResolvedTarget,
): Promise<AppliedFault> {
  const { record, journal } = world;
  const named = { fault: planned.id, faultKind: planned.kind, targets: resolved.ids };
  const prepared = fault.prepare(resolved.target, planned.params);
  await journal.append({ kind: "about-to", ...named, undo: prepared.undo });
  record({
    kind: "fault-journalled",
    fault: planned.id,
    targets: resolved.ids,
    undo: prepared.undo.map((step) => ({ ...step })),
  });
  let active: ActiveFault;
  try {
    active = await prepared.inject(world.signal);
  } catch (cause) {
    if (mayHold(cause)) record({ kind: "fault-probed-healed", ...unhealed(planned.id, cause) });
    else await journal.append({ kind: "healed", fault: planned.id });
    throw cause;
  }
  record({ kind: "fault-applied", ...named });
  const seen = await probeUntil(active, true, stretched(activeWithinMs, world.hostFactor), world.signal);
  record({ kind: "fault-probed-active", fault: planned.id, active: seen.active, proof: seen.proof });
  let healing: Promise<void> | null = null;
  return { heal: () => (healing ??= healFault(world, planned.id, active)) };
}

/** Whether what threw may be in force all the same, or come late. */
function mayHold(cause: unknown): boolean {
  return cause instanceof StillInjured || (cause instanceof RollproofError && cause.code === "deadline-passed");
}

function unhealed(fault: string, cause: unknown) {
  return { fault, healed: false, proof: { why: reasonOf(cause) } };
}

async function healFault(world: LifecycleWorld, id: string, active: ActiveFault): Promise<void> {
  try {
    await active[Symbol.asyncDispose]();
  } catch (cause) {
    world.record({ kind: "fault-probed-healed", ...unhealed(id, cause) });
    return;
  }
  world.record({ kind: "fault-healed", fault: id });
  await world.journal.append({ kind: "healed", fault: id });
  const timeoutMs = world.signal.aborted ? hasteMs : stretched(healedWithinMs, world.hostFactor);
  const seen = await probeUntil(active, false, timeoutMs, new AbortController().signal);
  world.record({ kind: "fault-probed-healed", fault: id, healed: !seen.active, proof: seen.proof });
}

/** Probes until the answer is the wanted one, or the time is over: then the last answer stands. */
async function probeUntil(
  active: ActiveFault,
  wanted: boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Proof> {
  let last: Proof = { active: !wanted, proof: { why: "the probe gave no answer" } };
  try {
    return await until(
      { what: "a probe's answer", timeoutMs, everyMs: 100, signal, remedy: "none: the last answer is recorded" },
      async () => {
        last = await active.probe(AbortSignal.timeout(timeoutMs + hasteMs));
        return last.active === wanted ? last : undefined;
      },
    );
  } catch (cause) {
    if (last.active === wanted) return last;
    return { active: !wanted, proof: { last: last.proof, why: reasonOf(cause) } };
  }
}

/** A thrown value's words, without its stack. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
