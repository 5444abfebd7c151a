import type { ExercisedKind, ExercisedMinima, LoweredMinimum } from "../model/scenario.ts";
import type { ScenarioFile } from "./schema.ts";

type Key = keyof ScenarioFile["exercised"];

const exercisedKeys: Readonly<Record<ExercisedKind, Key>> = {
  commitsByVersion: "commits-by-version",
  mixedVersionCommits: "mixed-version-commits",
  killsWithOpenTransaction: "kills-with-open-transaction",
  warmRestores: "warm-restores",
  fencings: "fencings",
  crossedAborts: "crossed-aborts",
  outlivedAborts: "outlived-aborts",
  stopsUnderLoad: "stops-under-load",
};
/** In the plan only where the scenario names them. */
const optionalKinds = ["commitsByVersion", "crossedAborts", "outlivedAborts", "stopsUnderLoad"] as const;

/** What the scenario asks to be exercised, in the plan's form: a minimum that it does not name is 0 or left out. */
export function exercisedOf(file: ScenarioFile["exercised"]): ExercisedMinima {
  const lowered: Partial<Record<ExercisedKind, LoweredMinimum>> = {};
  const numberOf = (kind: ExercisedKind): number => {
    const written = file[exercisedKeys[kind]] ?? 0;
    if (typeof written === "number") return written;
    lowered[kind] = { atLeast: written["at-least"], because: written.because };
    return 0;
  };
  const optional = Object.fromEntries(
    optionalKinds.flatMap((kind) => {
      const number = numberOf(kind);
      return number === 0 ? [] : [[kind, number]];
    }),
  );
  const minima = {
    mixedVersionCommits: numberOf("mixedVersionCommits"),
    killsWithOpenTransaction: numberOf("killsWithOpenTransaction"),
    warmRestores: numberOf("warmRestores"),
    fencings: numberOf("fencings"),
  };
  return {
    ...minima,
    ...optional,
    ...(Object.keys(lowered).length === 0 ? {} : { lowered }),
  };
}
