import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { drawFrom } from "../base/random.ts";
import { judgeRun } from "../check/judge-run.ts";
import type { Draw } from "../model/pipeline.ts";
import type { Verdict } from "../model/verdict.ts";
import { edited } from "./apply.ts";
import { judgedIn } from "./judgement.ts";
import type { AnyKind, HistoryName, Kind, RawKind, Recorded } from "./model.ts";

/** How a trial came out: as it must, invalid for another reason, unknown or valid though it must not be, or without a place. */
export type Came = "right" | "other" | "unknown" | "valid" | "nowhere";

export interface Trial {
  readonly kind: string;
  readonly history: HistoryName;
  readonly seed: string;
  readonly came: Came;
  /** Where the damage was planted. */
  readonly where: string;
  /** The verdict in one line. */
  readonly said: string;
}

export async function trialOf(history: Recorded, kind: AnyKind, seed: string): Promise<Trial> {
  const draw = drawFrom(`${seed}/${history.name}/${kind.name}`);
  const { where, verdict } = await (kind.family === "raw"
    ? spoiltTrial(history, kind, draw)
    : plantedTrial(history, kind, draw));
  const common = { kind: kind.name, history: history.name, seed };
  if (where === null || verdict === null) return { ...common, came: "nowhere", where: kind.needs, said: "" };
  return { ...common, came: cameOf(verdict, answersOf(kind, history.name)), where, said: saidBy(verdict) };
}

interface Judged {
  readonly where: string | null;
  readonly verdict: Pick<Verdict, "outcome" | "headline" | "anomalies"> | null;
}

function plantedTrial(history: Recorded, kind: Kind, draw: Draw): Judged {
  const { damaged, given: where } = edited(history, (edits) => kind.plant(history, draw, edits));
  return { where, verdict: where === null ? null : judgedIn(history, damaged) };
}

/** Over a copy of the run directory; a run that is refused is not judged, so it is unknown. */
async function spoiltTrial(history: Recorded, kind: RawKind, draw: Draw): Promise<Judged> {
  const directory = mkdtempSync(join(tmpdir(), "rollproof-plant-"));
  try {
    cpSync(history.directory, directory, { recursive: true });
    const where = kind.spoil(history, draw, directory);
    return { where, verdict: where === null ? null : await judgeRun(directory) };
  } catch (error) {
    if (!(error instanceof RollproofError) || error.code === "defect") throw error;
    return { where: "the run directory", verdict: { outcome: "unknown", headline: error.message, anomalies: [] } };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The right answers there; null: nothing can show it. */
export function answersOf({ must, but }: AnyKind, history: HistoryName): readonly string[] | null {
  const other = but?.[history];
  if (other === undefined) return must;
  return "invisible" in other ? null : other;
}

function cameOf(
  { outcome, anomalies }: Pick<Verdict, "outcome" | "anomalies">,
  answers: readonly string[] | null,
): Came {
  if (outcome === "invalid") {
    const isRight = anomalies.some(({ invariant }) => answers?.includes(invariant) === true);
    return isRight ? "right" : "other";
  }
  if (answers === null) return outcome;
  return answers.includes(outcome) ? "right" : outcome;
}

function saidBy({ outcome, anomalies, headline }: Pick<Verdict, "outcome" | "anomalies" | "headline">): string {
  const flagged = [...new Set(anomalies.map(({ invariant }) => invariant))];
  return flagged.length === 0 ? `${outcome}: ${headline}` : `${outcome} ${flagged.join(" ")}: ${headline}`;
}
