import type { EvidenceBatch } from "../model/evidence.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { Exercised } from "../model/verdict.ts";
import { activeFaults, learnActive, startActive } from "./exercised/faults-active.ts";
import { fencings, learnFencing, startFencings } from "./exercised/fencings.ts";
import { killsWithOpenTransaction, learnKill, startKills } from "./exercised/kills.ts";
import { learnMixed, mixedVersionCommits, startMixed } from "./exercised/mixed-versions.ts";
import { learnPoint, pointCoverage, startPoints, type PointCoverage } from "./exercised/points.ts";
import { learnRestore, startRestores, warmRestores } from "./exercised/warm-restores.ts";
import { learnUnwatched, startUnwatched, unwatchedLines } from "./exercised/unwatched.ts";
import { placeAt, startPlaces, stepPlaces, type Place } from "./places.ts";

/** What the run really met, counted from the evidence: a run that met too little proves nothing. */
export interface ExercisedSeen {
  readonly counts: readonly Exercised[];
  readonly points: PointCoverage;
  /** What was not looked at as closely as it could be. */
  readonly unwatched: readonly string[];
  /** The faults and the phase in force at a seq. */
  placeAt(seq: number | null): Place;
}

export interface ExercisedFold {
  step(batch: EvidenceBatch): void;
  finish(): ExercisedSeen;
}

export function startExercised(of: { readonly plan: Plan; readonly description: PipelineDescription }): ExercisedFold {
  const { plan, description } = of;
  const minima = plan.scenario.exercised;
  const places = startPlaces();
  const points = startPoints(plan, description);
  const active = startActive(plan);
  const mixed = startMixed(plan);
  const kills = startKills();
  const restores = startRestores();
  const fenced = startFencings(description);
  const unwatched = startUnwatched(description);
  return {
    step(batch) {
      learnMixed(mixed, batch);
      learnKill(kills, batch);
      learnFencing(fenced, batch);
      if (batch.kind !== "event") return;
      stepPlaces(places, batch.event);
      learnPoint(points, batch.event);
      learnActive(active, batch.event);
      learnRestore(restores, batch.event);
      learnUnwatched(unwatched, batch.event);
    },
    finish: () => ({
      counts: [
        { kind: "mixedVersionCommits", minimum: minima.mixedVersionCommits, ...mixedVersionCommits(mixed) },
        {
          kind: "killsWithOpenTransaction",
          minimum: minima.killsWithOpenTransaction,
          ...killsWithOpenTransaction(kills),
        },
        { kind: "warmRestores", minimum: minima.warmRestores, ...warmRestores(restores) },
        { kind: "fencings", minimum: minima.fencings, ...fencings(fenced) },
        { kind: "faults-active", minimum: plan.faults.length, ...activeFaults(active) },
      ],
      points: pointCoverage(points),
      unwatched: unwatchedLines(unwatched),
      placeAt: (seq) => placeAt(places, seq),
    }),
  };
}
