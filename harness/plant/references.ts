import { sha256 } from "../base/digest.ts";
import { readOffsetsRecord } from "../audit/codec/offsets.ts";
import { offsetsTopic } from "../audit/topology.ts";
import type { CheckpointFile } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { PipelineDescription, StageSpec } from "../model/pipeline.ts";
import { fieldOf } from "../model/testimony-body.ts";
import type { BatchRecord } from "./batch.ts";
import type { Log } from "./edits.ts";
import { unmoved, type Shift, type Shifts } from "./shift.ts";
import { utf8 } from "./wire/bytes.ts";
import { readCheckpoint, writeCheckpoint } from "./wire/checkpoint.ts";
import { readHeaders, withHeader } from "./wire/headers.ts";
import { withNextOffset } from "./wire/offsets.ts";

/** Renumbers whatever in a history names an offset of a log in which records have moved. */
export interface References {
  /** Whether records of the log may name offsets that have moved. */
  concern(log: Log): boolean;
  record(log: Log, record: BatchRecord): BatchRecord;
  event(event: HistoryEvent): HistoryEvent;
  file(file: CheckpointFile): CheckpointFile;
}

const text = new TextDecoder();

export function referencesOf(
  description: PipelineDescription,
  shifts: Shifts,
  sends: ReadonlyMap<number, Log>,
): References {
  const stages = description.stages;
  const byChangelog = new Map(stages.flatMap((stage) => (stage.changelog === null ? [] : [[stage.changelog, stage]])));
  const written = new Set(
    stages.flatMap(({ sinks, changelog }) => [...sinks, ...(changelog === null ? [] : [changelog])]),
  );
  const isMoved = stages.some(({ sources }) => sources.some((topic) => shifts.topics.has(topic)));
  return {
    concern: ({ topic }) => isMoved && (topic === offsetsTopic || written.has(topic)),
    record(log, record) {
      if (!isMoved) return record;
      if (log.topic === offsetsTopic) return movedCommit(stages, shifts, record);
      if (!written.has(log.topic)) return record;
      const caused = withCause(record, shifts);
      const stage = byChangelog.get(log.topic);
      return stage === undefined ? caused : movedPosition(caused, shifts.of(labelled(stage, log.partition)));
    },
    event: (event) =>
      event.kind === "testimony" ? movedTestimony(event, stages, shifts) : movedEvent(event, shifts, sends),
    file(file) {
      const stage = stages.find(({ name }) => name === file.stage);
      if (stage === undefined) return file;
      const input = shifts.of(labelled(stage, file.partition));
      const changelog = shifts.of({ topic: stage.changelog ?? "", partition: file.partition });
      if (input === unmoved && changelog === unmoved) return file;
      const read = readCheckpoint(file.bytes);
      if (read === null) return file;
      const inputNext = input.next(read.header.inputNext);
      const changelogNext = changelog.next(read.header.changelogNext);
      const { entries, header } = read;
      const bytes = writeCheckpoint({ entries, header: { ...header, inputNext, changelogNext } });
      return { ...file, bytes, sha256: sha256(bytes) };
    },
  };
}

/** Position records, checkpoints and testimony give one offset of a task: that of its only source. */
function labelled({ sources }: StageSpec, partition: number): Log {
  return { topic: sources[0] ?? "", partition };
}

function withCause(record: BatchRecord, shifts: Shifts): BatchRecord {
  const header = readHeaders(record.headers).find(({ name }) => name === "rp-source");
  const match = header?.value == null ? null : /^(.+)-(\d+)@(\d+)#(\d+)$/.exec(text.decode(header.value));
  if (match === null) return record;
  const [, topic = "", partition, offset, ordinal] = match;
  const shift = shifts.of({ topic, partition: Number(partition) });
  if (shift === unmoved) return record;
  const cause = utf8(`${topic}-${partition}@${shift.of(Number(offset))}#${ordinal}`);
  return { ...record, headers: withHeader(record.headers, "rp-source", cause) };
}

function movedPosition(record: BatchRecord, shift: Shift): BatchRecord {
  const position = record.value === null ? null : positionIn(record);
  if (position === null) return record;
  return { ...record, value: utf8(JSON.stringify({ ...position, next: shift.next(position.next) })) };
}

/** The reference pipeline's position record; null: it is another. */
export function positionIn({ key, value }: BatchRecord): { readonly next: number; readonly commit: number } | null {
  if (key?.length !== 2 || key[0] !== 0 || key[1] !== 0 || value === null) return null;
  const { next, commit }: Readonly<Record<string, unknown>> = Object(JSON.parse(text.decode(value)));
  return typeof next === "number" && typeof commit === "number" ? { next, commit } : null;
}

function movedCommit(stages: readonly StageSpec[], shifts: Shifts, record: BatchRecord): BatchRecord {
  const read = readOffsetsRecord(record.key, record.value, new Set(stages.map(({ group }) => group)));
  if (read.kind !== "commit" || read.nextOffset === null || record.value === null) return record;
  if (!stages.some(({ group, sources }) => group === read.group && sources.includes(read.topic))) return record;
  const shift = shifts.of(read);
  return shift === unmoved ? record : { ...record, value: withNextOffset(record.value, shift.next(read.nextOffset)) };
}

/** A member's word on the offset that a task committed, or opened at. */
function movedTestimony(
  event: HistoryEvent<"testimony">,
  stages: readonly StageSpec[],
  shifts: Shifts,
): HistoryEvent<"testimony"> {
  const [, name, partition] = /^(.+)-(\d+)$/.exec(event.task ?? "") ?? [];
  const stage = stages.find((one) => one.name === name);
  const shift = stage === undefined ? unmoved : shifts.of(labelled(stage, Number(partition)));
  if (shift === unmoved) return event;
  const moved = ["next", "committed"].flatMap((field) => {
    const offset = fieldOf(event.body, field);
    return typeof offset === "number" ? [[field, shift.next(offset)]] : [];
  });
  return { ...event, body: { ...Object(event.body), ...Object.fromEntries(moved) } };
}

function movedEvent(event: HistoryEvent, shifts: Shifts, sends: ReadonlyMap<number, Log>): HistoryEvent {
  switch (event.kind) {
    case "tail-settled": {
      const shift = shifts.of(event);
      const { position, logEnd, lastStableOffset } = event;
      return {
        ...event,
        position: shift.end(position),
        logEnd: shift.end(logEnd),
        lastStableOffset: shift.end(lastStableOffset),
      };
    }
    case "offset-fetched":
      return event.nextOffset === null ? event : { ...event, nextOffset: shifts.of(event).next(event.nextOffset) };
    case "send-ok": {
      const log = sends.get(event.invoked);
      return log === undefined ? event : { ...event, baseOffset: shifts.of(log).of(event.baseOffset) };
    }
    default:
      return event;
  }
}
