import type { ExpectedOutput } from "../model/pipeline.ts";

/** An output that f expects of a source record. */
export interface Candidate {
  readonly lane: Lane;
  readonly offset: number;
  readonly output: ExpectedOutput;
  answered: boolean;
}

/** Expected outputs of one key from one source partition, in the order of the source; all before `head` are answered. */
export interface Lane {
  readonly partition: number;
  readonly candidates: Candidate[];
  head: number;
}

/** The source offsets that a transaction's own commit covers, end excluded. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What f expects of one stage under one key of a topic, from all source partitions. */
export interface DueOutputs {
  readonly lanes: Map<number, Lane>;
  /** Format → text (`textKey`) → the candidates that say it in that format, in order of arrival. */
  readonly byText: Map<string, Map<string, Candidate[]>>;
}

/** What answers a row, and another record that would explain it as well; null: no other. */
export interface Found {
  readonly candidate: Candidate;
  readonly twin: Candidate | null;
  readonly fit: Fit;
}

/**
 * How well a record explains a row, best first: it says the row's text, and is the next one due within the transaction's own commits,
 * within them, open elsewhere, or answered before; or another text is due there.
 */
export const fits = ["next", "within", "elsewhere", "again", "wrong"] as const;
export type Fit = (typeof fits)[number];

/** What a row says. */
interface Saying {
  /** undefined for undecodable bytes. */
  readonly text: string | null | undefined;
  readonly formats: ReadonlySet<string>;
  /** Whether its headers and timestamp are what the output expects of them. */
  readonly isBeside: (output: ExpectedOutput) => boolean;
}

/** So many answered outputs of a key and partition are remembered, to tell a second answer; more would grow with the log. */
const answeredMax = 1_000;

export function noDueOutputs(): DueOutputs {
  return { lanes: new Map(), byText: new Map() };
}

export function expect(due: DueOutputs, partition: number, offset: number, output: ExpectedOutput): void {
  let lane = due.lanes.get(partition);
  if (lane === undefined) due.lanes.set(partition, (lane = { partition, candidates: [], head: 0 }));
  const candidate = { lane, offset, output, answered: false };
  lane.candidates.push(candidate);
  for (const [format, texts] of due.byText) fileUnder(texts, format, candidate);
}

/**
 * The record that an output answers: the text's own in the windows of its transaction, else an open one elsewhere, else one that was
 * answered before, else the next one due in the windows, whose value is then wrong. Of records with one text those come first that
 * expect the row's headers and timestamp, too.
 */
export function find(
  due: DueOutputs,
  windows: ReadonlyMap<number, Window>,
  { text, formats, isBeside }: Saying,
): Found | null {
  const same = text === undefined ? [] : saying(due, text, formats);
  const fitting = same.filter(({ output }) => isBeside(output));
  const equal = fitting.length > 0 ? fitting : same;
  const own = equal.filter((one) => !one.answered && isWithin(one, windows));
  const byFit: readonly (readonly [Fit, Candidate | undefined])[] = [
    ["next", own.find((one) => isNext(one, windows))],
    ["within", own[0]],
    ["elsewhere", equal.find(({ answered }) => !answered)],
    ["again", equal.findLast(({ answered }) => answered)],
  ];
  for (const [fit, candidate] of byFit)
    if (candidate !== undefined) return { candidate, twin: twinOf(candidate, equal), fit };
  const next = [...windows].flatMap(([partition, window]) => {
    const lane = due.lanes.get(partition);
    return lane === undefined ? [] : nextTwo(lane, window);
  });
  const [first] = next;
  return first === undefined ? null : { candidate: first, twin: twinOf(first, next), fit: "wrong" };
}

/** One of another source partition before one of the same: then not even the partition is known. */
function twinOf(candidate: Candidate, equal: readonly Candidate[]): Candidate | null {
  return equal.find(({ lane }) => lane !== candidate.lane) ?? equal.find((one) => one !== candidate) ?? null;
}

export function answer(due: DueOutputs, candidate: Candidate): void {
  candidate.answered = true;
  const { lane } = candidate;
  while (lane.candidates[lane.head]?.answered === true) lane.head += 1;
  if (lane.head <= 2 * answeredMax) return;
  const forgotten = lane.candidates.splice(0, lane.head - answeredMax);
  lane.head = answeredMax;
  for (const [format, texts] of due.byText) for (const one of forgotten) takeFrom(texts, format, one);
}

function saying(due: DueOutputs, text: string | null, formats: ReadonlySet<string>): readonly Candidate[] {
  const found = [...formats].flatMap((format) => textsIn(due, format).get(textKey(text)) ?? []);
  return formats.size > 1 ? [...new Set(found)] : found;
}

/** The index of a format, made when it is first asked for. */
function textsIn(due: DueOutputs, format: string): ReadonlyMap<string, readonly Candidate[]> {
  const known = due.byText.get(format);
  if (known !== undefined) return known;
  const texts = new Map<string, Candidate[]>();
  due.byText.set(format, texts);
  for (const { candidates } of due.lanes.values())
    for (const candidate of candidates) fileUnder(texts, format, candidate);
  return texts;
}

function fileUnder(texts: Map<string, Candidate[]>, format: string, candidate: Candidate): void {
  const key = keyIn(format, candidate);
  if (key === null) return;
  const all = texts.get(key);
  if (all === undefined) texts.set(key, [candidate]);
  else all.push(candidate);
}

function takeFrom(texts: Map<string, Candidate[]>, format: string, candidate: Candidate): void {
  const key = keyIn(format, candidate);
  const all = key === null ? undefined : texts.get(key);
  if (key === null || all === undefined) return;
  const at = all.indexOf(candidate);
  if (at >= 0) all.splice(at, 1);
  if (all.length === 0) texts.delete(key);
}

/** Null where f does not know the format. */
function keyIn(format: string, { output }: Candidate): string | null {
  try {
    return textKey(output.value(format));
  } catch {
    return null;
  }
}

/** A tombstone is not the text `null`. */
function textKey(text: string | null): string {
  return text === null ? "" : `=${text}`;
}

function isWithin({ lane, offset }: Candidate, windows: ReadonlyMap<number, Window>): boolean {
  const window = windows.get(lane.partition);
  return window !== undefined && offset >= window.from && offset < window.to;
}

/** Nothing else of its source partition is due before it in the window. */
function isNext(candidate: Candidate, windows: ReadonlyMap<number, Window>): boolean {
  const window = windows.get(candidate.lane.partition);
  return window !== undefined && nextTwo(candidate.lane, window)[0] === candidate;
}

/** The first two that are due in the window. */
function nextTwo({ candidates, head }: Lane, { from, to }: Window): readonly Candidate[] {
  const next: Candidate[] = [];
  for (let i = head; i < candidates.length && next.length < 2; i += 1) {
    const candidate = candidates[i];
    if (candidate === undefined || candidate.offset >= to) break;
    if (!candidate.answered && candidate.offset >= from) next.push(candidate);
  }
  return next;
}
