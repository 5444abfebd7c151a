/**
 * The cheapest way to give each claim (a transaction that lists a partition) one unit (a marker with the records it
 * closed), both in order. What is the same in every cheapest way is known; what differs is not.
 */
export interface Alignment {
  readonly claims: number;
  readonly units: number;
  /** Cost of claim i taking unit j; null: it cannot. */
  take(i: number, j: number): number | null;
  /** Cost of a claim that gets nothing. */
  claimAlone(i: number): number;
  /** Cost of a unit that nobody takes. */
  unitAlone(j: number): number;
  /** Units without records are interchangeable. */
  bare(j: number): boolean;
}

export type Choice = number | "none" | "unclear";

/** Beyond this many pairs nothing is decided: 32 MB of costs. */
const pairsMax = 4_000_000;

export function align(problem: Alignment): readonly Choice[] {
  const { claims, units } = problem;
  if ((claims + 1) * (units + 1) > pairsMax) return Array.from({ length: claims }, () => "unclear" as const);
  const before = costs(problem, "before");
  const after = costs(problem, "after");
  const width = units + 1;
  const best = before[claims * width + units] ?? 0;
  return Array.from({ length: claims }, (_, i): Choice => {
    let bare: number | null = null;
    const full: number[] = [];
    let alone = false;
    for (let j = 0; j <= units; j += 1) {
      const so = before[i * width + j] ?? 0;
      if (so + problem.claimAlone(i) + (after[(i + 1) * width + j] ?? 0) === best) alone = true;
      const cost = j < units ? problem.take(i, j) : null;
      if (cost === null || so + cost + (after[(i + 1) * width + j + 1] ?? 0) !== best) continue;
      if (problem.bare(j)) bare ??= j;
      else full.push(j);
    }
    const ways = full.length + (bare === null ? 0 : 1) + (alone ? 1 : 0);
    return ways === 1 ? (full[0] ?? bare ?? "none") : "unclear";
  });
}

/** Least cost of aligning the first i claims and j units (`before`), or all from i and j on (`after`). */
function costs(problem: Alignment, side: "before" | "after"): Float32Array {
  const { claims, units } = problem;
  const width = units + 1;
  const least = new Float32Array((claims + 1) * width).fill(Infinity);
  const back = side === "after";
  for (let a = 0; a <= claims; a += 1)
    for (let b = 0; b <= units; b += 1) {
      const [i, j] = back ? [claims - a, units - b] : [a, b];
      const step = back ? 1 : -1;
      // The claim and the unit that lie between this cell and the one that was computed before it.
      const [claim, unit] = back ? [i, j] : [i - 1, j - 1];
      let cost = a === 0 && b === 0 ? 0 : Infinity;
      if (a > 0) cost = Math.min(cost, (least[(i + step) * width + j] ?? Infinity) + problem.claimAlone(claim));
      if (b > 0) cost = Math.min(cost, (least[i * width + j + step] ?? Infinity) + problem.unitAlone(unit));
      const taken = a > 0 && b > 0 ? problem.take(claim, unit) : null;
      if (taken !== null) cost = Math.min(cost, (least[(i + step) * width + j + step] ?? Infinity) + taken);
      least[i * width + j] = cost;
    }
  return least;
}
