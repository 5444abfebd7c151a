import { eventRef } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import { fieldOf, numberOf } from "../../model/testimony-body.ts";
import { livesAfter, type Injured } from "./injured.ts";
import { addTo, counted, counterOf, type Counted, type Counter } from "./witnesses.ts";

/** Opens from a checkpoint with a changelog tail behind it that was applied: what a member's `opened` says. By `member/incarnation`. */
export type Restores = Map<string, Counter>;

export function learnRestore(restores: Restores, event: HistoryEvent): void {
  if (event.kind !== "testimony" || event.said !== "opened") return;
  const { body, member, incarnation } = event;
  const checkpoint = fieldOf(body, "checkpoint");
  if (fieldOf(body, "warm") !== true || checkpoint === null || checkpoint === undefined) return;
  if (!(numberOf(body, "applied") > 0 && numberOf(body, "changelogTo") > numberOf(body, "changelogFrom"))) return;
  addTo(counterOf(restores, `${member}/${incarnation}`), eventRef(event.seq));
}

/** Those on the disks that one fault's targets kept; null: all. */
export function warmRestores(restores: Restores, injured: Injured, fault: string | null): Counted {
  const lives = fault === null ? [...restores.keys()] : livesAfter(injured, fault);
  const found = lives.flatMap((life) => restores.get(life) ?? []);
  return counted({
    seen: found.reduce((sum, { seen }) => sum + seen, 0),
    refs: found.flatMap(({ refs }) => refs),
  });
}
