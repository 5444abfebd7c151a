import type { Seq } from "../model/brand.ts";
import type { Marker } from "../model/evidence.ts";
import { align } from "./alignment.ts";
import type { Chunk } from "./records.ts";

/** A marker, and the records of its producer that it closed; none of them when nothing was open. */
export interface Unit {
  readonly chunks: readonly Chunk[];
  readonly marker: Marker;
  readonly seq: Seq;
}

/** A transaction's right to one group of markers in one partition: its prepare record lists the partition. */
export interface Claim {
  readonly outcome: "commit" | "abort";
  readonly producerEpoch: number;
  /** Leader epoch of the state log at the prepare record: no marker of an older coordinator is this transaction's. */
  readonly coordinatorFrom: number;
  /** The same at the complete record; null until it is read. */
  coordinatorTo: number | null;
  unit: Unit | null;
  /** The evidence allows more than one group. */
  unclear: boolean;
}

/** One producer id's transactional records and markers in one partition (evidence.md, join 1). */
export interface ProducerLog {
  /** Records that no marker has closed yet. */
  readonly open: readonly Chunk[];
  /** Markers with records that no transaction has claimed. */
  readonly unplaced: readonly Unit[];
  data(chunk: Chunk): void;
  marker(marker: Marker, seq: Seq): void;
  claim(claim: Claim): void;
  /** Gives groups to claims as far as that is certain now. */
  place(): void;
  /** No more comes: decides what only the whole can decide. `reached`: the partition was read to its end. */
  finish(reached: boolean): void;
}

/** Multiples of a half, so that sums are exact. One explanation wins over another that needs more of these. */
const cost = { unexplained: 0.5, lost: 2, otherOutcome: 3 } as const;

export function startProducerLog(): ProducerLog {
  let open: Chunk[] = [];
  let units: Unit[] = [];
  let claims: Claim[] = [];
  let previous: Unit | null = null;

  function give(claim: Claim, unit: Unit): void {
    claim.unit = unit;
    previous = unit;
  }
  return {
    get open() {
      return open;
    },
    get unplaced() {
      return units.filter((unit) => unit.chunks.length > 0);
    },
    data: (chunk) => void open.push(chunk),
    marker(marker, seq) {
      units.push({ chunks: open, marker, seq });
      open = [];
    },
    claim: (claim) => void claims.push(claim),
    place() {
      for (;;) {
        const [claim, unit] = [claims[0], units[0]];
        if (claim === undefined || unit === undefined) return;
        const full = unit.chunks.length > 0;
        if (full && !fits(unit, claim)) return;
        // Its own, or a surplus one: only what comes later can tell, so it is left to `finish`.
        if (!full && fitsBare(unit, claim)) return;
        units.shift();
        if (!full) continue; // surplus
        give(claim, unit);
        claims.shift();
      }
    },
    finish(reached) {
      const choices = align({
        claims: claims.length,
        units: units.length,
        take: (i, j) => takeCost(claims[i], units[j]),
        claimAlone: (i) => (reached && claims[i]?.coordinatorTo !== null ? cost.lost : 0),
        unitAlone: (j) => aloneCost(units[j], units[j - 1] ?? previous),
        bare: (j) => units[j]?.chunks.length === 0,
      });
      const taken = new Set<Unit>();
      for (const [i, claim] of claims.entries()) {
        const choice = choices[i];
        const unit = typeof choice === "number" ? units[choice] : undefined;
        claim.unclear = choice === "unclear";
        if (unit === undefined) continue;
        give(claim, unit);
        taken.add(unit);
      }
      units = units.filter((unit) => !taken.has(unit));
      claims = [];
    },
  };
}

/** A marker's epoch is its transaction's, or one more (evidence.md, join 3). */
function ofEpoch(unit: Unit, claim: Claim): boolean {
  const epoch = unit.marker.producerEpoch;
  return epoch === claim.producerEpoch || epoch === claim.producerEpoch + 1;
}

function fits(unit: Unit, claim: Claim): boolean {
  return unit.marker.outcome === claim.outcome && ofEpoch(unit, claim);
}

/** A marker without records has nothing but its numbers to say whose it is: the coordinator's epoch bounds it too. */
function fitsBare(unit: Unit, claim: Claim): boolean {
  const { coordinatorEpoch } = unit.marker;
  const { coordinatorFrom, coordinatorTo } = claim;
  if (coordinatorEpoch < coordinatorFrom || coordinatorEpoch > (coordinatorTo ?? Infinity)) return false;
  return fits(unit, claim);
}

/** Records that nobody claims are lost; an empty marker is surplus, most likely a repeat of the one before it. */
function aloneCost(unit: Unit | undefined, before: Unit | null): number {
  if (unit === undefined || unit.chunks.length > 0) return cost.lost;
  const [earlier, marker] = [before?.marker, unit.marker];
  const repeats = earlier?.outcome === marker.outcome && earlier.producerEpoch === marker.producerEpoch;
  return repeats ? 0 : cost.unexplained;
}

function takeCost(claim: Claim | undefined, unit: Unit | undefined): number | null {
  if (claim === undefined || unit === undefined) return null;
  if (unit.chunks.length === 0) return fitsBare(unit, claim) ? 0 : null;
  if (!ofEpoch(unit, claim)) return null;
  return fits(unit, claim) ? 0 : cost.otherOutcome;
}
