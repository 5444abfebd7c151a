import { formatKinds } from "../model/formats.ts";
import { rollRefusals } from "./refusals.ts";
import { afterFinalise, afterRoll, firstStanding, finaliseMatters, type Declared, type Standing } from "./standing.ts";

/** One roll of a path. */
export interface Leg {
  readonly from: string;
  readonly to: string;
  /** The upgrade to `from` has to be finalised first. */
  readonly finalisesFirst: boolean;
}

export interface PathQuestion {
  readonly from: string;
  readonly to: string;
  readonly isMixed: boolean;
}

/** So many situations are looked at; a pipeline has few versions, and its file may be hostile. */
const looksMax = 5_000;

/**
 * The fewest rolls that lead from one version to the other without a refusal, by breadth-first search over what is declared; null: there
 * are none. A version is used as a stop only if it declares every kind that both ends declare: silence proves no path.
 */
export function migrationPath(declared: Declared, { from, to, isMixed }: PathQuestion): readonly Leg[] | null {
  const kinds = formatKinds.filter((kind) => declared[from]?.[kind] && declared[to]?.[kind]);
  const stops = Object.keys(declared).filter(
    (version) => version !== from && kinds.every((kind) => declared[version]?.[kind]),
  );
  let front: readonly Reached[] = [{ standing: firstStanding(declared, from), legs: [] }];
  const seen = new Set<string>();
  while (front.length > 0 && seen.size < looksMax) {
    const next = front.flatMap((reached) => onwards(declared, reached, { stops, isMixed }));
    const arrived = next.find(({ standing }) => standing.version === to);
    if (arrived !== undefined) return arrived.legs;
    front = next.filter(({ standing }) => {
      const key = keyOf(standing);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }
  return null;
}

/** A path in words: `v1 → v2, finalise, v2 → v3`. */
export function pathText(legs: readonly Leg[]): string {
  return legs.map(({ from, to, finalisesFirst }) => `${finalisesFirst ? "finalise, " : ""}${from} → ${to}`).join(", ");
}

interface Reached {
  readonly standing: Standing;
  readonly legs: readonly Leg[];
}

function onwards(
  declared: Declared,
  { standing, legs }: Reached,
  { stops, isMixed }: { readonly stops: readonly string[]; readonly isMixed: boolean },
): readonly Reached[] {
  const { version: from } = standing;
  // Without finalise where that will do: fewer things to wait for.
  const starts =
    legs.length > 0 && finaliseMatters(declared[from]) ? [standing, afterFinalise(declared, standing)] : [standing];
  return starts.flatMap((start) =>
    stops
      .filter((to) => to !== from && rollRefusals(declared, start, { to, isMixed, flag: null }).length === 0)
      .map((to) => ({
        standing: afterRoll(declared, start, to),
        legs: [...legs, { from, to, finalisesFirst: start.isFinalised }],
      })),
  );
}

function keyOf({ version, isFinalised, found }: Standing): string {
  return JSON.stringify([version, isFinalised, formatKinds.map((kind) => [...found[kind].keys()].toSorted())]);
}
