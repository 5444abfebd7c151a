import type { Act } from "../model/program.ts";
import type { HoldSpec, UpgradeSpec } from "../model/scenario.ts";
import { pointOfNoReturn } from "../model/way-back.ts";
import type { Reading } from "./gates/gate.ts";
import { begunActs, type UpgradeState } from "./state.ts";

/**
 * `pause`: nothing further is begun; look again. `hold`: as pause, and the workload sends nothing meanwhile. `roll-back`: the act is given up, and the way back follows. `stop`: nothing more is
 * done, and the upgrade stays as it is.
 */
export type Decision =
  | { readonly kind: "proceed" }
  | { readonly kind: "pause"; readonly why: string }
  | { readonly kind: "hold"; readonly why: string }
  | GivenUp;
export type GivenUp = { readonly kind: "roll-back" | "stop"; readonly why: string };

export interface Situation {
  readonly act: Act;
  /** One a gate of the act. */
  readonly readings: readonly Reading[];
  readonly waitedMs: number;
  readonly timeoutMs: number;
  /** How members of the act ended by themselves at its version, in words. */
  readonly failures: readonly string[];
  readonly onTimeout: OnTimeout;
  /** As it is on this host; null: the workload is never held. */
  readonly hold: HoldSpec | null;
}

/** What becomes of an upgrade of which an act takes too long, or has broken a level for good, and why it does not roll back although it should; null: there is no such reason. */
export interface OnTimeout {
  readonly kind: GivenUp["kind"];
  readonly refused: string | null;
}

/** What the coordinator does next, from what the gates read. Pure: no clock, no I/O. */
export function decide({ act, readings, waitedMs, timeoutMs, failures, onTimeout, hold }: Situation): Decision {
  const missing = readings.flatMap(({ gate, missing }) => (missing === null ? [] : [`${gate}: ${missing}`]));
  if (missing.length === 0) return { kind: "proceed" };
  const why = `${act.id} (${missing.join("; ")})`;
  const isFinal = readings.some((reading) => reading.missing !== null && reading.isFinal === true);
  if (isFinal) return giveUp(`A level was not kept, and no wait mends it: ${why}.`, onTimeout);
  if (hold !== null && waitedMs >= hold.afterMs + hold.forMs)
    return giveUp(
      [`Held the sources for ${hold.forMs} ms, and still waits for ${why}.`, ...failures].join(" "),
      onTimeout,
    );
  if (waitedMs < timeoutMs) return { kind: hold !== null && waitedMs >= hold.afterMs ? "hold" : "pause", why };
  return giveUp([`Waited ${timeoutMs} ms for ${why}.`, ...failures].join(" "), onTimeout);
}

/** What follows when an act has taken too long, for this reason. */
export function giveUp(why: string, { kind, refused }: OnTimeout): GivenUp {
  return { kind, why: refused === null ? why : `${why} ${refused}` };
}

/** Rolls back where the scenario says so and a way back is left. */
export function onTimeoutOf(state: UpgradeState, { onGateTimeout }: UpgradeSpec): OnTimeout {
  if (state.turn !== null)
    return { kind: "stop", refused: `That was on the way back, which began in ${state.turn.act}.` };
  if (onGateTimeout === undefined) return { kind: "stop", refused: null };
  const barrier = pointOfNoReturn(begunActs(state));
  if (barrier === null) return { kind: "roll-back", refused: null };
  return { kind: "stop", refused: `It is not rolled back: ${noReturn(barrier)}` };
}

/** Why nothing leads back from this act. */
function noReturn({ id }: Act): string {
  return `${id} had begun, and the old version may not be able to read what the new one writes from then on.`;
}

/** Why the upgrade turns back now by design; null: it does not. */
export function plannedTurn(state: UpgradeState, { rollBackAfter }: UpgradeSpec): GivenUp | null {
  const last = state.begun ? undefined : begunActs(state).at(-1);
  if (rollBackAfter === undefined || state.turn !== null || state.stopped !== null || last?.id !== rollBackAfter)
    return null;
  const barrier = pointOfNoReturn(begunActs(state));
  if (barrier !== null)
    return { kind: "stop", why: `The plan rolls back after ${last.id}, and cannot: ${noReturn(barrier)}` };
  return { kind: "roll-back", why: `The plan rolls back after ${last.id}.` };
}
