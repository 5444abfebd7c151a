/** Milliseconds that the loop below takes on the reference machine (2 cores, idle, Node 24). */
const referenceMs = 12;
const rounds = 7;
const steps = 8_000_000;

/** The greatest host factor that is ever measured: a recorded one above it was not measured. */
export const hostFactorMax = 4;

/**
 * How much slower this host is than the reference machine: 1 to `hostFactorMax`. It scales time-outs and deadlines, never
 * trigger times. The fastest of several short rounds is taken, so that one busy moment does not count.
 */
export function measureHostFactor(): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    let value = 1;
    for (let i = 0; i < steps; i += 1) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
    // The sum is used, so that the loop cannot be dropped.
    fastest = Math.min(fastest, performance.now() - began + (value === 0 ? Number.EPSILON : 0));
  }
  return Math.round(Math.min(hostFactorMax, Math.max(1, fastest / referenceMs)) * 100) / 100;
}

/** A time for a machine of the reference's speed, for this one: whole milliseconds, as AbortSignal.timeout demands. */
export function stretched(ms: number, hostFactor: number): number {
  return Math.ceil(ms * hostFactor);
}
