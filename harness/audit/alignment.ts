/**
 * The cheapest way to give each claim (a transaction that lists a partition) one unit (a marker with the records it
 * closed), both in order. What is the same in every cheapest way is known; what differs is not.
 */
export interface Alignment {
  readonly claims: number;
  readonly units: number;
  /** Cost of claim i taking unit j; null: it cannot. */
  take(i: number, j: number): number | null;
  /** Cost of claim i getting nothing, where its unit would lie right before unit j. */
  claimAlone(i: number, j: number): number;
  /** Cost of unit j being taken by nobody, where its claim would lie right before claim i. */
  unitAlone(i: number, j: number): number;
  /** Units without records are interchangeable. */
  bare(j: number): boolean;
}

export type Choice = number | "none" | "unclear";

/** How many claims or full units may stay alone on one side before nothing is decided any more. */
const strayMax = 32;
/** Beyond this many cells nothing is decided: 32 MB of costs. */
const cellsMax = 4_000_000;

export function align(problem: Alignment): readonly Choice[] {
  const { claims, units } = problem;
  const band = bandOf(problem);
  const unclear = (): readonly Choice[] => Array.from({ length: claims }, () => "unclear");
  if ((claims + 1) * band.width > cellsMax) return unclear();
  const before = costs(problem, band, "before");
  const after = costs(problem, band, "after");
  const best = before(claims, units);
  if (best === Infinity) return unclear();
  return Array.from({ length: claims }, (_, i): Choice => {
    let bare: number | null = null;
    const full: number[] = [];
    let alone = false;
    for (let j = Math.max(0, i - strayMax); j <= Math.min(units, i + band.width); j += 1) {
      const so = before(i, j);
      if (so === Infinity) continue;
      if (so + problem.claimAlone(i, j) + after(i + 1, j) === best) alone = true;
      const cost = j < units ? problem.take(i, j) : null;
      if (cost === null || so + cost + after(i + 1, j + 1) !== best) continue;
      if (problem.bare(j)) bare ??= j;
      else full.push(j);
    }
    const ways = full.length + (bare === null ? 0 : 1) + (alone ? 1 : 0);
    return ways === 1 ? (full[0] ?? bare ?? "none") : "unclear";
  });
}

/** Claim i and unit j never drift further apart than bare units and strays allow: only those cells are kept. */
interface Band {
  readonly width: number;
  /** Place of cell (i, j), -1 outside. */
  at(i: number, j: number): number;
}

function bandOf(problem: Alignment): Band {
  const { claims, units } = problem;
  let bareCount = 0;
  for (let j = 0; j < units; j += 1) if (problem.bare(j)) bareCount += 1;
  const width = bareCount + 2 * strayMax + 1;
  return {
    width,
    at(i, j) {
      const drift = j - i + strayMax;
      return drift < 0 || drift >= width || i < 0 || j < 0 || i > claims || j > units ? -1 : i * width + drift;
    },
  };
}

/** Least cost of aligning the first i claims and j units (`before`), or all from i and j on (`after`). */
function costs(problem: Alignment, band: Band, side: "before" | "after"): (i: number, j: number) => number {
  const { claims, units } = problem;
  const least = new Float32Array((claims + 1) * band.width).fill(Infinity);
  const read = (i: number, j: number): number => least[band.at(i, j)] ?? Infinity;
  const back = side === "after";
  const step = back ? 1 : -1;
  for (let a = 0; a <= claims; a += 1) {
    const i = back ? claims - a : a;
    const first = Math.max(0, i - strayMax);
    const last = Math.min(units, i - strayMax + band.width - 1);
    for (let b = 0; b <= last - first; b += 1) {
      const j = back ? last - b : first + b;
      // The claim and the unit that lie between this cell and the one that was computed before it.
      const [claim, unit] = back ? [i, j] : [i - 1, j - 1];
      const [hasClaim, hasUnit] = [claim >= 0 && claim < claims, unit >= 0 && unit < units];
      let cost = !hasClaim && !hasUnit ? 0 : Infinity;
      if (hasClaim) cost = Math.min(cost, read(i + step, j) + problem.claimAlone(claim, j));
      if (hasUnit) cost = Math.min(cost, read(i, j + step) + problem.unitAlone(i, unit));
      const taken = hasClaim && hasUnit ? problem.take(claim, unit) : null;
      if (taken !== null) cost = Math.min(cost, read(i + step, j + step) + taken);
      least[band.at(i, j)] = cost;
    }
  }
  return read;
}
