import type { Seq } from "../model/brand.ts";
import type { LogRef, Marker } from "../model/evidence.ts";
import type { Chunk } from "./records.ts";

/** A marker, and the records of its producer that it closed; none of them when nothing was open. */
export interface Unit {
  readonly chunks: readonly Chunk[];
  readonly marker: Marker;
  readonly seq: Seq;
  /** A hole lies before its marker: records may be missing, or be those of an earlier transaction whose marker was lost. */
  readonly torn: boolean;
}

/** A transaction's right to one group of markers in one partition: its prepare record lists the partition. */
export interface Claim {
  /** The prepare record. */
  readonly prepare: LogRef;
  readonly outcome: "commit" | "abort";
  readonly producerEpoch: number;
  /** No other claim of the producer id has this epoch: the broker raises it with every end (transaction.version 2). */
  readonly hasOwnEpoch: boolean;
  /** Holes of its state log before it: where it changes from one claim to the next, claims may be missing. */
  readonly stateHoles: number;
  /** Leader epoch of the state log at the prepare record: no marker of an older coordinator is this transaction's. */
  readonly coordinatorFrom: number;
  /** The same at the complete record; null until it is read. */
  coordinatorTo: number | null;
  unit: Unit | null;
  /** Why it cannot be told which group is its own, or whether the group is whole. */
  lost: string | null;
}

/** One producer id's transactional records and markers in one partition (evidence.md, join 1). */
export interface ProducerLog {
  /** Records that no marker has closed yet. */
  open: Chunk[];
  /** A hole lies behind the last marker. */
  openTorn: boolean;
  /** Markers in order, with what they closed, that no claim has been given yet. */
  units: Unit[];
  /** Claims in the order of the state log that have no group yet. */
  claims: WaitingClaim[];
  /** Groups with records that no claim can take. */
  readonly strays: Unit[];
  /** The last group given to a claim. */
  previous: Unit | null;
  /** Claims given by order alone: those of the latest epoch, the first and the last; null when there is none. */
  byOrder: { readonly first: Claim; last: Claim } | null;
  /** Claims and groups correspond one to one in their order: no hole so far, or an epoch has shown where to go on. */
  isAligned: boolean;
  /** As of the last claim. */
  stateHoles: number;
}

export interface WaitingClaim {
  readonly claim: Claim;
  /** Claims may be missing right before it. */
  readonly afterHole: boolean;
}

/** So many claims wait for the end of the history behind a hole; earlier ones are given up, so that memory is bounded. */
const waitingMax = 10_000;

/** `torn`: the partition had a hole before the first record of this producer. */
export function beginProducerLog(torn: boolean): ProducerLog {
  return {
    open: [],
    openTorn: torn,
    units: [],
    claims: [],
    strays: [],
    previous: null,
    byOrder: null,
    isAligned: true,
    stateHoles: 0,
  };
}

export function addMarker(log: ProducerLog, marker: Marker, seq: Seq): void {
  log.units.push({ chunks: log.open, marker, seq, torn: log.openTorn });
  log.open = [];
  log.openTorn = false;
}

export function addClaim(log: ProducerLog, claim: Claim): void {
  log.claims.push({ claim, afterHole: claim.stateHoles !== log.stateHoles });
  log.stateHoles = claim.stateHoles;
}

export function tear(log: ProducerLog): void {
  log.openTorn = true;
}

/** Gives groups to claims as far as that is certain now. */
export function place(log: ProducerLog): void {
  for (;;) {
    const [waiting, unit] = [log.claims[0], log.units[0]];
    if (waiting === undefined || unit === undefined) break;
    if (waiting.afterHole || unit.torn) log.isAligned = false;
    const step = log.isAligned ? inOrder(log, waiting.claim, unit) : byEpoch(waiting.claim, unit);
    if (step === "wait") break;
    if (step !== "drop unit") log.claims.shift();
    if (step !== "drop claim") log.units.shift();
    if (step === "give") give(log, waiting.claim, unit);
    else if (step === "drop claim") waiting.claim.lost = "its markers may lie in a hole of the log";
    else if (unit.chunks.length > 0) log.strays.push(unit);
  }
  if (!log.isAligned && log.claims.length > waitingMax) giveUp(log);
}

export function give(log: ProducerLog, claim: Claim, unit: Unit): void {
  claim.unit = unit;
  if (unit.torn) claim.lost = "records of it may lie in a hole of the log";
  else if (!isOwn(unit, claim)) claim.lost = "its marker ends records of another transaction, too";
  if (claim.hasOwnEpoch) log.byOrder = null;
  else if (log.byOrder?.first.producerEpoch === claim.producerEpoch) log.byOrder.last = claim;
  else log.byOrder = { first: claim, last: claim };
  log.previous = unit;
  log.isAligned = true;
}

/**
 * Whether the records may all be this transaction's: the epoch rises by one with the end of a transaction where the broker
 * raises it with every end, and else only when a producer is fenced, which aborts what it has open (evidence.md, join 3).
 */
function isOwn({ chunks, marker }: Unit, { outcome, hasOwnEpoch }: Claim): boolean {
  const [most, least] = outcome === "abort" ? [1, 0] : hasOwnEpoch ? [1, 1] : [0, 0];
  const [first] = chunks;
  return chunks.every(({ batch: { producerEpoch } }) => {
    const raised = marker.producerEpoch - producerEpoch;
    return producerEpoch === first?.batch.producerEpoch && raised <= most && raised >= least;
  });
}

type Step = "give" | "drop unit" | "drop claim" | "wait";

function inOrder(log: ProducerLog, claim: Claim, unit: Unit): Step {
  const isFull = unit.chunks.length > 0;
  if (claim.hasOwnEpoch && ofEpoch(unit, claim)) return "give";
  if (isFull) return fits(unit, claim) ? "give" : "wait";
  if (!fitsBare(unit, claim)) return "drop unit";
  return isBareOwn(log, claim) ? "give" : "wait";
}

/**
 * A marker without records is the claim's own, or a repeat of the one before, and then the claim's own is still to come. It is a
 * repeat of none where none came before, and nothing is to come where the next records are not the claim's.
 */
function isBareOwn({ units, previous }: ProducerLog, claim: Claim): boolean {
  if (previous === null) return true;
  const next = units.find(({ chunks, torn }) => chunks.length > 0 || torn);
  return next !== undefined && !next.torn && !fitsBare(next, claim);
}

/** Behind a hole order says nothing: only an epoch that no other claim has tells whose a group is. */
function byEpoch(claim: Claim, unit: Unit): Step {
  if (!claim.hasOwnEpoch) return "wait";
  const epoch = unit.marker.producerEpoch;
  if (epoch === claim.producerEpoch) return "give";
  return epoch > claim.producerEpoch ? "drop claim" : "drop unit";
}

function giveUp(log: ProducerLog): void {
  for (const { claim } of log.claims.splice(0, waitingMax / 2))
    claim.lost = "a hole of the log lies before it, and nothing tells its markers from others";
  log.strays.push(...log.units.splice(0, waitingMax / 2).filter(({ chunks }) => chunks.length > 0));
  log.openTorn = true;
  const [first] = log.units;
  if (first !== undefined) log.units[0] = { ...first, torn: true };
}

/** A marker has the epoch of its prepare record, which is that of its records or higher (evidence.md, join 3). */
export function ofEpoch(unit: Unit, claim: Claim): boolean {
  return unit.marker.producerEpoch === claim.producerEpoch;
}

export function fits(unit: Unit, claim: Claim): boolean {
  return unit.marker.outcome === claim.outcome && ofEpoch(unit, claim);
}

function ofCoordinator({ marker }: Unit, { coordinatorFrom, coordinatorTo }: Claim): boolean {
  return marker.coordinatorEpoch >= coordinatorFrom && marker.coordinatorEpoch <= (coordinatorTo ?? Infinity);
}

/** A marker without records has nothing but its numbers to say whose it is: the coordinator's epoch bounds it too. */
export function fitsBare(unit: Unit, claim: Claim): boolean {
  return ofCoordinator(unit, claim) && fits(unit, claim);
}
