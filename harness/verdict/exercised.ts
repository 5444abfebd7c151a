import type { EvidenceBatch } from "../model/evidence.ts";
import type { Exercised, Preceded } from "../model/verdict.ts";
import { activeFaults, beginActive, learnActive } from "./exercised/faults-active.ts";
import { beginAborts, crossedAborts, learnAbort, outlivedAborts } from "./exercised/aborts.ts";
import { beginFencings, fencings, learnFencing } from "./exercised/fencings.ts";
import { beginInjured, learnInjured, type Injured } from "./exercised/injured.ts";
import { beginKills, killsWithOpenTransaction, learnKill } from "./exercised/kills.ts";
import { beginPoints, learnPoint, pointCoverage, type PointCoverage } from "./exercised/points.ts";
import { beginStopsUnderLoad, learnStopUnderLoad, stopsUnderLoad } from "./exercised/stops-under-load.ts";
import { beginTakeovers, learnTakeover, takeovers } from "./exercised/takeovers.ts";
import { beginUnwatched, learnUnwatched, unwatchedLines } from "./exercised/unwatched.ts";
import { beginVersions, commitsBy, learnTurn, learnVersions, mixedCommits } from "./exercised/versions.ts";
import { learnRestore, warmRestores, type Restores } from "./exercised/warm-restores.ts";
import type { Counted } from "./exercised/witnesses.ts";
import { beginWorks, workOf } from "./exercised/work.ts";
import { minimaOf, type Minimum, type Question } from "./minima.ts";
import { noBefore, precededBy, stepBefore } from "./preceded.ts";
import { beginPlaces, placeAt, stepPlaces, type Place } from "./places.ts";

/** What the run really met, counted from the evidence: a run that met too little proves nothing. */
export interface ExercisedSeen {
  readonly counts: readonly Exercised[];
  readonly points: PointCoverage;
  /** What was not looked at as closely as it could be. */
  readonly unwatched: readonly string[];
  /** The faults and the phase in force at a seq. */
  placeAt(seq: number | null): Place;
  /** What came before on the task. */
  precededBy(task: string | null, seq: number | null): Preceded | null;
}

export interface ExercisedFold {
  step(batch: EvidenceBatch): void;
  finish(): ExercisedSeen;
}

export function beginExercised(of: Question): ExercisedFold {
  const { plan, description } = of;
  const places = beginPlaces();
  const points = beginPoints(plan, description);
  const unwatched = beginUnwatched(description);
  const injured = beginInjured();
  const counting = beginCounting(of, injured);
  const before = noBefore(description, injured);
  return {
    step(batch) {
      counting.step(batch);
      if (batch.kind !== "event") return;
      stepPlaces(places, batch.event);
      stepBefore(before, batch.event);
      learnPoint(points, batch.event);
      learnUnwatched(unwatched, batch.event);
    },
    finish: () => ({
      counts: minimaOf(of).map((minimum) => {
        const { kind, of: part, minimum: least, because } = minimum;
        return { kind, of: part, minimum: least, because, ...counting.count(minimum) };
      }),
      points: pointCoverage(points),
      unwatched: unwatchedLines(unwatched),
      placeAt: (seq) => placeAt(places, seq),
      precededBy: (task, seq) => precededBy(before, task, seq),
    }),
  };
}

function beginCounting(
  { plan, description }: Question,
  injured: Injured,
): {
  readonly step: (batch: EvidenceBatch) => void;
  readonly count: (of: Minimum) => Counted;
} {
  const active = beginActive(plan);
  const works = beginWorks(description);
  const versions = beginVersions(plan);
  const kills = beginKills();
  const aborts = beginAborts();
  const stops = beginStopsUnderLoad();
  const restores: Restores = new Map();
  const fenced = beginFencings(description);
  const takenOver = beginTakeovers();
  return {
    step(batch) {
      if (batch.kind === "event") {
        learnInjured(injured, batch.event);
        learnActive(active, batch.event);
        learnRestore(restores, batch.event);
        learnTurn(versions, batch.event);
        learnStopUnderLoad(stops, batch.event);
      }
      const work = workOf(works, batch);
      if (work !== null) learnVersions(versions, work);
      learnKill(kills, batch);
      learnAbort(aborts, batch);
      // A pipeline that speaks says itself whether it was refused.
      if (description.speaks) learnFencing(fenced, batch);
      else learnTakeover(takenOver, injured, batch);
    },
    count({ kind, stage, version, fault }) {
      switch (kind) {
        case "commitsByVersion":
          return commitsBy(versions, stage ?? "", version ?? "");
        case "mixedVersionCommits":
          return mixedCommits(versions, stage);
        case "killsWithOpenTransaction":
          return killsWithOpenTransaction(kills, injured, fault);
        case "warmRestores":
          return warmRestores(restores, injured, fault);
        case "fencings":
          return description.speaks ? fencings(fenced, injured, fault) : takeovers(takenOver, injured, fault);
        case "crossedAborts":
          return crossedAborts(aborts);
        case "outlivedAborts":
          return outlivedAborts(aborts);
        case "stopsUnderLoad":
          return stopsUnderLoad(stops);
        case "faults-active":
          return activeFaults(active);
        default:
          return kind satisfies never;
      }
    },
  };
}
