import { sentence } from "../base/sentence.ts";
import { leftOut, mayHoldFiles } from "../model/disk-copy.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { CheckpointFile, EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { CheckpointContent, StageSpecification } from "../model/pipeline.ts";
import { keyFault, keyIdentity } from "../model/record-key.ts";
import type { TaskIndex } from "./tasks.ts";

/** Checkpoint files as they come in: captured when published, and left on disks at process ends. */
export interface CheckpointIntake {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  /** Files handed on, by member and digest: several copies of one disk hold the same file. */
  readonly seen: Set<string>;
  /** Files that do not decode, by member, name and digest. */
  readonly undecodable: Map<string, Undecodable>;
  /** `member/incarnation` of every end that was asked for and came in order. */
  readonly orderly: Set<string>;
  /** A fault filled a disk: from then on a torn file may be its doing. */
  diskFilled: boolean;
  /** What was not captured or copied, named up to a bound. */
  readonly absent: string[];
  absentCount: number;
  /** Why the specification's answers cannot be used. */
  readonly failures: Set<string>;
  /** The checkpoint in the batch stepped last, unless it was there before. */
  taken: Checkpoint | null;
}

/** A checkpoint that decodes, and whose it is. */
export interface Checkpoint {
  readonly file: CheckpointFile;
  readonly content: Content;
  readonly stage: number;
  readonly partition: number;
}

/** With its entries by the identity of their key (model/record-key.ts). */
export interface Content extends Omit<CheckpointContent, "entries"> {
  readonly entries: ReadonlyMap<string, string>;
}

export interface Undecodable {
  readonly file: CheckpointFile;
  readonly stage: number;
  readonly why: string;
  /** The pipeline left it so when it ended in order: no crash and no full disk tore it. */
  readonly isViolation: boolean;
}

const namedMax = 3;

export function beginIntake(context: CheckerContext, index: TaskIndex): CheckpointIntake {
  return {
    context,
    index,
    seen: new Set(),
    undecodable: new Map(),
    orderly: new Set(),
    diskFilled: false,
    absent: [],
    absentCount: 0,
    failures: new Set(),
    taken: null,
  };
}

export function stepIntake(intake: CheckpointIntake, batch: EvidenceBatch): void {
  intake.taken = takeIn(intake, batch);
}

function takeIn(intake: CheckpointIntake, batch: EvidenceBatch): Checkpoint | null {
  if (batch.kind === "event") learnEvent(intake, batch.event);
  if (batch.kind !== "checkpoint") return null;
  const file = batch.checkpoint;
  const stage = intake.index.byName.get(file.stage);
  const decoder = intake.context.specification?.stages[file.stage];
  if (stage === undefined || decoder === undefined) return null;
  const content = decode(decoder, file);
  if (typeof content === "string") {
    learnUndecodable(intake, { file, stage, why: content });
    return null;
  }
  if (content.fault !== null)
    intake.failures.add(`The specification's reading of ${file.stage}'s checkpoints is ambiguous: ${content.fault}.`);
  forgetUnfinished(intake, file);
  const id = `${file.member}/${file.sha256}`;
  if (intake.seen.has(id)) return null;
  intake.seen.add(id);
  return { file, content, stage, partition: file.partition };
}

/** Why the files judged are not all that there were; and what to do. */
export function intakeDoubts({ absent, absentCount, undecodable, failures }: CheckpointIntake): readonly string[] {
  const torn = [...undecodable.values()].filter(({ isViolation }) => !isViolation);
  const more = absentCount - absent.length;
  return [
    ...failures,
    ...absent,
    ...(more > 0 ? [`${more} more checkpoint files were not captured or copied.`] : []),
    ...torn.slice(0, namedMax).map(({ file, why }) => `${file.path} does not decode (${why}), so it was not judged.`),
    ...(torn.length > namedMax ? [`${torn.length - namedMax} more checkpoint files do not decode.`] : []),
  ];
}

interface Decoded extends Content {
  /** Why the specification's keys cannot be told apart; null: they can. */
  readonly fault: string | null;
}

/** The content, or why it does not decode. */
function decode(decoder: StageSpecification, file: CheckpointFile): Decoded | string {
  try {
    const content = decoder.checkpoint?.(file.bytes);
    return content === undefined ? "the specification decodes no checkpoints" : byIdentity(content);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function byIdentity(content: CheckpointContent): Decoded {
  const entries = new Map<string, string>();
  let fault: string | null = null;
  for (const [key, state] of content.entries) {
    fault ??= keyFault(key);
    entries.set(keyIdentity(key), state);
  }
  return { ...content, entries, fault };
}

function learnEvent(intake: CheckpointIntake, event: HistoryEvent): void {
  switch (event.kind) {
    case "process-ended":
      if (event.cause === "asked" && event.signal === null) intake.orderly.add(`${event.process}/${event.incarnation}`);
      return;
    case "fault-applied":
      if (event.faultKind === "disk-full") intake.diskFilled = true;
      return;
    case "disk-copy-failed":
      return addAbsent(
        intake,
        `The disk of ${event.member}/${event.incarnation} was not copied (${event.why}): give the run directory more room, then run again.`,
      );
    case "checkpoint-missed":
      return addAbsent(
        intake,
        sentence(`Checkpoint ${event.name} of ${event.member}/${event.incarnation} was not captured: ${event.why}`),
      );
    case "disk-copied":
      return learnLeftOut(intake, event);
    default:
      return;
  }
}

/** What was left out matters where it is a checkpoint or, as a link or beyond a bound, could hold one. */
function learnLeftOut(intake: CheckpointIntake, event: HistoryEvent<"disk-copied">): void {
  const { checkpoint } = intake.context.description;
  if (checkpoint === null) return;
  const left = leftOut(event);
  const whose = `${event.member}/${event.incarnation}`;
  for (const { name, why } of left)
    if (checkpoint(name) !== null) addAbsent(intake, `Checkpoint ${name} of ${whose} ${why}, so it was not judged.`);
    else if (mayHoldFiles.has(why)) addAbsent(intake, `${name} of ${whose} ${why}: what it holds was not judged.`);
  const unnamed = event.leftCount - left.length;
  if (unnamed > 0) addAbsent(intake, `${unnamed} more files of ${whose} were not copied.`);
}

/**
 * A torn file first seen after a crash, or once a disk was full, may be lawful: a pipeline may write in place if its open
 * refuses what is torn. One that an orderly end leaves is the pipeline's own.
 */
function learnUndecodable(intake: CheckpointIntake, found: Omit<Undecodable, "isViolation">): void {
  const { member, incarnation, name, sha256, found: where } = found.file;
  const id = `${member}/${name}/${sha256}`;
  const known = intake.undecodable.get(id);
  if (known !== undefined && known.file.found === "left") return;
  const isViolation = where === "left" && intake.orderly.has(`${member}/${incarnation}`) && !intake.diskFilled;
  intake.undecodable.set(id, { ...found, isViolation });
}

/**
 * What was captured before may have been half written: the file that the watch saw in its place afterwards is whole. A whole file in
 * a later copy of the disk says nothing of it: the watch would have seen it being finished.
 */
function forgetUnfinished({ undecodable }: CheckpointIntake, { member, name, found }: CheckpointFile): void {
  if (found !== "published") return;
  for (const [id, { file }] of undecodable)
    if (file.found === "published" && file.member === member && file.name === name) undecodable.delete(id);
}

function addAbsent(intake: CheckpointIntake, why: string): void {
  intake.absentCount += 1;
  if (intake.absent.length < namedMax) intake.absent.push(why);
}
