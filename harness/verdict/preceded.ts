import type { Injured } from "./exercised/injured.ts";
import { eventRef } from "../model/evidence.ts";
import type { HistoryEvent, Json } from "../model/event.ts";
import { fieldOf } from "../model/testimony-body.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Preceded } from "../model/verdict.ts";

/**
 * What came before an anomaly on its task: who opened the task last, from what, and how the process ended that had it before. Members'
 * testimony and their health tell it, so it explains and convicts nobody. Kept per task and process, the newest `keptMax` of each, of the first
 * `namesMax` of them.
 */
export interface Before {
  /** Whether members give testimony. */
  readonly speaks: boolean;
  readonly openings: Map<string, Opening[]>;
  readonly ends: Map<string, End[]>;
  /** Faults by their kind. */
  readonly kinds: Map<string, string>;
  readonly injured: Injured;
}

interface Life {
  readonly member: string;
  readonly incarnation: number;
}

interface Opening extends Life {
  /** Null: only its owner is known. */
  readonly how: string | null;
  readonly seq: number;
}

interface End {
  readonly incarnation: number;
  readonly cause: string;
  readonly seq: number;
}

const keptMax = 256;
/** Names of tasks and processes come from testimony, too. */
const namesMax = 4_096;

/** `injured` is stepped by whoever owns it. */
export function noBefore({ speaks }: PipelineDescription, injured: Injured): Before {
  return { speaks, openings: new Map(), ends: new Map(), kinds: new Map(), injured };
}

export function stepBefore(before: Before, event: HistoryEvent): void {
  switch (event.kind) {
    case "testimony":
      if (event.said === "opened" && event.task !== null) open(before, event.task, event, howOf(event.body));
      break;
    // Of pipelines that say nothing; of the others it may come late.
    case "gauge-health":
      if (before.speaks) break;
      for (const task of taskNames(event.tasks)) {
        const last = before.openings.get(task)?.at(-1);
        if (last === undefined || !isSame(last, event)) open(before, task, event, null);
      }
      break;
    case "process-ended":
      push(before.ends, event.process, { incarnation: event.incarnation, cause: event.cause, seq: event.seq });
      break;
    case "fault-planned":
      before.kinds.set(event.fault, event.faultKind);
      break;
    default:
      break;
  }
}

/** Null where no opening of the task is known. */
export function precededBy(before: Before, task: string | null, seq: number | null): Preceded | null {
  if (task === null || seq === null) return null;
  const all = before.openings.get(task) ?? [];
  const at = all.findLastIndex((one) => one.seq <= seq);
  const opening = all[at];
  if (opening === undefined) return null;
  const owner = all.slice(0, at).findLast((one) => !isSame(one, opening));
  const told = [...lived(before, owner, opening), ...lived(before, predecessorOf(opening), opening)]
    .filter((one, i, both) => both.findIndex(({ seq }) => seq === one.seq) === i)
    .toSorted((a, b) => a.seq - b.seq);
  const by = `${opening.member}/${opening.incarnation}`;
  return {
    sentence: [
      ...told.map(({ words }) => `${words}; `),
      `${by} ${told.length > 0 ? "then " : ""}opened ${task}${opening.how === null ? "" : ` (${opening.how})`}`,
    ].join(""),
    evidence: [...told.map((one) => eventRef(one.seq)), eventRef(opening.seq)],
  };
}

/** The task's disk: what the life before left on it, whoever had the task meanwhile. */
function predecessorOf({ member, incarnation }: Opening): Life {
  return { member, incarnation: incarnation - 1 };
}

/** How a life ended before the opening or, if it had not, the last fault that was injected into it. */
function lived(
  before: Before,
  life: (Life & { readonly seq?: number }) | undefined,
  opening: Opening,
): readonly { readonly words: string; readonly seq: number }[] {
  if (life === undefined) return [];
  const { member, incarnation } = life;
  const name = `${member}/${incarnation}`;
  const end = before.ends.get(member)?.findLast((one) => one.incarnation === incarnation && one.seq <= opening.seq);
  if (end !== undefined) {
    const fault = end.cause === "fault" ? faultBefore(before, member, { from: 0, to: end.seq }) : null;
    const words = end.cause === "asked" ? `${name} was stopped` : `${name} ended by itself`;
    return [{ words: fault === null ? words : `${fault.name} ended ${name}`, seq: end.seq }];
  }
  const fault = life.seq === undefined ? null : faultBefore(before, member, { from: life.seq, to: opening.seq });
  return fault === null ? [] : [{ words: `${fault.name} was injected into ${member}`, seq: fault.seq }];
}

/** The last fault injected into the member or its links in a stretch: `fault-2 (crash)`. */
function faultBefore(
  { injured, kinds }: Before,
  member: string,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly name: string; readonly seq: number } | null {
  const found = [...injured.windows].findLast(
    ([, window]) => window.from >= from && window.from <= to && window.members.includes(member),
  );
  if (found === undefined) return null;
  const [fault, window] = found;
  return { name: `${fault} (${kinds.get(fault) ?? "?"})`, seq: window.from };
}

function open(
  { openings }: Before,
  task: string,
  { member, incarnation, seq }: Life & { readonly seq: number },
  how: string | null,
): void {
  push(openings, task, { member, incarnation, how, seq });
}

function push<T>(all: Map<string, T[]>, key: string, value: T): void {
  const known = all.get(key);
  if (known === undefined && all.size >= namesMax) return;
  if (known === undefined) all.set(key, [value]);
  else if (known.push(value) > 2 * keptMax) known.splice(0, known.length - keptMax);
}

function isSame(a: Life, b: Life): boolean {
  return a.member === b.member && a.incarnation === b.incarnation;
}

/** What a member says of an opening: `warm, from checkpoint 4`. */
function howOf(body: Json): string | null {
  const warm = fieldOf(body, "warm");
  if (typeof warm !== "boolean") return null;
  const checkpoint = fieldOf(body, "checkpoint");
  return `${warm ? "warm" : "cold"}, ${typeof checkpoint === "number" ? `from checkpoint ${checkpoint}` : "without a checkpoint"}`;
}

/** The tasks in a member's health, by name. */
function taskNames(tasks: Json): readonly string[] {
  if (!Array.isArray(tasks)) return [];
  return tasks.flatMap((task) => {
    const [stage, partition] = [fieldOf(task, "stage"), fieldOf(task, "partition")];
    return typeof stage === "string" && typeof partition === "number" ? [`${stage}-${partition}`] : [];
  });
}
