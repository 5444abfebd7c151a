import { drawFrom } from "../base/random.ts";
import type { Verdict } from "../model/verdict.ts";
import { edited } from "./apply.ts";
import { judgedIn } from "./judgement.ts";
import type { HistoryName, Kind, Recorded } from "./model.ts";

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

export async function trialOf(history: Recorded, kind: Kind, seed: string): Promise<Trial> {
  const draw = drawFrom(`${seed}/${history.name}/${kind.name}`);
  const { damaged, given: where } = edited(history, (edits) => kind.plant(history, draw, edits));
  const common = { kind: kind.name, history: history.name, seed };
  if (where === null) return { ...common, came: "nowhere", where: kind.needs, said: "" };
  const verdict = await judgedIn(history, damaged);
  return { ...common, came: cameOf(verdict, answersOf(kind, history.name)), where, said: saidBy(verdict) };
}

/** The right answers there; null: nothing can show it. */
export function answersOf({ must, but }: Kind, history: HistoryName): readonly string[] | null {
  const other = but?.[history];
  if (other === undefined) return must;
  return "invisible" in other ? null : other;
}

function cameOf({ outcome, anomalies }: Verdict, answers: readonly string[] | null): Came {
  if (outcome === "invalid") {
    const isRight = anomalies.some(({ invariant }) => answers?.includes(invariant) === true);
    return isRight ? "right" : "other";
  }
  if (answers === null) return outcome;
  return answers.includes(outcome) ? "right" : outcome;
}

function saidBy({ outcome, anomalies, headline }: Verdict): string {
  const flagged = [...new Set(anomalies.map(({ invariant }) => invariant))];
  return flagged.length === 0 ? `${outcome}: ${headline}` : `${outcome} ${flagged.join(" ")}: ${headline}`;
}
