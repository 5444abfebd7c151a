import { eventRef } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import { fieldOf, numberOf } from "../../model/testimony-body.ts";
import { counted, type Counted } from "./witnesses.ts";

/** Opens from a checkpoint with a changelog tail behind it that was applied: what a member's `opened` says. */
export interface Restores {
  readonly refs: string[];
  seen: number;
}

export function startRestores(): Restores {
  return { refs: [], seen: 0 };
}

export function learnRestore(restores: Restores, event: HistoryEvent): void {
  if (event.kind !== "testimony" || event.said !== "opened") return;
  const { body } = event;
  const checkpoint = fieldOf(body, "checkpoint");
  if (fieldOf(body, "warm") !== true || checkpoint === null || checkpoint === undefined) return;
  if (!(numberOf(body, "applied") > 0 && numberOf(body, "changelogTo") > numberOf(body, "changelogFrom"))) return;
  restores.seen += 1;
  if (restores.refs.length < 3) restores.refs.push(eventRef(event.seq));
}

export function warmRestores({ refs, seen }: Restores): Counted {
  return counted(refs, seen);
}
