/** How the records of a stream are spread over a run: most over the planned roll, then a trickle, the rest at its end. */

export interface PaceState {
  /** Records in the stream. */
  readonly records: number;
  /** Planned duration of the paced part. */
  readonly paceMs: number;
  /** Since the first send. */
  readonly elapsedMs: number;
  /** The upgrade is over: nothing is held back any more. */
  readonly isFinalised: boolean;
}

const pacedShare = 0.75;
/** Kept back until the upgrade is over, so that there is load after it whatever it took. */
const reservedShare = 0.02;
const trickleMsMin = 60_000;
const tricklePerSecondMax = 100;

/**
 * How many of the records, from the first, are due now. Never falls as time goes on. The trickle thins out and does not run
 * dry: an upgrade that takes far longer than planned still has some load under its last step.
 */
export function recordsDue({ records, paceMs, elapsedMs, isFinalised }: PaceState): number {
  if (isFinalised) return records;
  const paced = Math.floor(records * pacedShare);
  if (elapsedMs < paceMs) return Math.min(paced, 1 + Math.floor((paced * elapsedMs) / paceMs));
  const trickled = records - paced - Math.ceil(records * reservedShare);
  const fadeMs = Math.max(trickleMsMin, (trickled / tricklePerSecondMax) * 1_000);
  return paced + Math.max(0, Math.floor(trickled * -Math.expm1((paceMs - elapsedMs) / fadeMs)));
}

/** Time that stands still while the load is held. */
export interface PaceClock {
  hold(): void;
  release(): void;
  elapsedMs(): number;
}

/** Runs from now on. Holding what is held, and releasing what is not, changes nothing. */
export function beginPaceClock(nowMs: () => number): PaceClock {
  let beganMs = nowMs();
  let heldSinceMs: number | null = null;
  return {
    hold: () => void (heldSinceMs ??= nowMs()),
    release() {
      beganMs += heldSinceMs === null ? 0 : nowMs() - heldSinceMs;
      heldSinceMs = null;
    },
    elapsedMs: () => (heldSinceMs ?? nowMs()) - beganMs,
  };
}
