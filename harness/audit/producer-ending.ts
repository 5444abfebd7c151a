import { align } from "./alignment.ts";
import { fits, fitsBare, give, ofEpoch, type Claim, type ProducerLog, type Unit } from "./producer-log.ts";

/** Multiples of a half, so that sums are exact. One explanation wins over another that needs more of these. */
const cost = { unexplained: 0.5, lost: 2, bareOfOtherOutcome: 2, otherOutcome: 3 } as const;

/** How far the logs were read when the history ended. */
export interface Reading {
  /** The partition was read to its end. */
  readonly reached: boolean;
  /** The partition has a hole, or its beginning is missing. */
  readonly hasHole: boolean;
  /** Claims may follow that were not read. */
  readonly moreClaims: boolean;
}

/** From the first to the last claim whose groups may be others' although they were given. */
export interface Doubt {
  readonly first: Claim;
  readonly last: Claim;
}

/**
 * No more comes: decides what only the whole can decide. What a hole may have taken costs nothing to be missing there.
 * Gives the claims given by order that turn out to be doubtful: claims and groups of an epoch do not add up.
 */
export function finishProducer(log: ProducerLog, reading: Reading): Doubt | null {
  const { units } = log;
  const claims = log.claims.map(({ claim }) => claim);
  const choices = align({
    claims: claims.length,
    units: units.length,
    take: (i, j) => takeCost(claims[i], units[j]),
    claimAlone: (i, j) => (mayBeUnread(log, reading, i, j) ? 0 : cost.lost),
    unitAlone: (i, j) =>
      (log.claims[i]?.afterHole ?? reading.moreClaims) ? 0 : aloneCost(units[j], units[j - 1] ?? log.previous),
    bare: (j) => units[j]?.chunks.length === 0,
  });
  const { byOrder } = log;
  const taken = new Set<Unit>();
  for (const [i, claim] of claims.entries()) {
    const choice = choices[i];
    const unit = typeof choice === "number" ? units[choice] : undefined;
    if (choice === "unclear") claim.lost = "more than one group of markers could be its own";
    else if (unit === undefined) claim.lost = whyNone(claim, reading);
    if (unit === undefined) continue;
    give(log, claim, unit);
    taken.add(unit);
  }
  const strays = units.filter((unit) => !taken.has(unit) && unit.chunks.length > 0);
  const amiss = amissEpochs(log, strays, reading);
  for (const claim of claims)
    if (!claim.hasOwnEpoch && amiss.has(claim.producerEpoch)) claim.lost ??= "its epoch's markers do not add up";
  log.strays.push(...strays);
  log.units = [];
  log.claims = [];
  return byOrder !== null && amiss.has(byOrder.first.producerEpoch) ? byOrder : null;
}

/** Epochs with a claim that got nothing or a group that nobody claims, and no hole to explain it: one of them may belong anywhere. */
function amissEpochs(
  { claims }: ProducerLog,
  strays: readonly Unit[],
  { reached, hasHole, moreClaims }: Reading,
): ReadonlySet<number> {
  const without = claims.filter(({ claim: { unit, coordinatorTo } }) => unit === null && coordinatorTo !== null);
  const mayMiss = moreClaims || claims.some(({ afterHole }) => afterHole);
  return new Set([
    ...(reached && !hasHole ? without : []).map(({ claim }) => claim.producerEpoch),
    ...(mayMiss ? [] : strays).map(({ marker }) => marker.producerEpoch),
  ]);
}

/** Null: its marker is still to come as far as was read. */
function whyNone({ coordinatorTo }: Claim, { reached, hasHole }: Reading): string | null {
  if (hasHole) return "its markers may lie in a hole of the log";
  return reached && coordinatorTo !== null ? "it is complete, but the log has no marker of it" : null;
}

/** Whether the markers of claim i may have been written where nothing was read: right before unit j, or behind all. */
function mayBeUnread(log: ProducerLog, { reached }: Reading, i: number, j: number): boolean {
  const unit = log.units[j];
  if (unit !== undefined) return unit.torn;
  return !reached || log.openTorn || log.claims[i]?.claim.coordinatorTo === null;
}

/** Records that nobody claims are lost; an empty marker is surplus, most likely a repeat of the one before it. */
function aloneCost(unit: Unit | undefined, before: Unit | null): number {
  if (unit === undefined || unit.chunks.length > 0) return cost.lost;
  const [earlier, marker] = [before?.marker, unit.marker];
  const repeats = earlier?.outcome === marker.outcome && earlier.producerEpoch === marker.producerEpoch;
  return repeats ? 0 : cost.unexplained;
}

function takeCost(claim: Claim | undefined, unit: Unit | undefined): number | null {
  if (claim === undefined || unit === undefined || !ofEpoch(unit, claim)) return null;
  if (unit.chunks.length > 0) return fits(unit, claim) ? 0 : cost.otherOutcome;
  if (fitsBare(unit, claim)) return 0;
  // Dearer than a marker that is lost and a repeat of another: only where it repeats none.
  const flipped = { ...unit, marker: { ...unit.marker, outcome: claim.outcome } };
  return fitsBare(flipped, claim) ? cost.bareOfOtherOutcome : null;
}
