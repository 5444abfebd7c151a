import { display, unknownName } from "../base/did-you-mean.ts";
import type { Problem, SourceText } from "../base/source-text.ts";
import type { TargetSort } from "../model/fault.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Catalogues, FaultEntry } from "./catalogues.ts";
import { readParams } from "./params.ts";
import type { FaultFile } from "./schema.ts";

/** What a fault's words are checked against; null where the file could not be read. */
export interface FaultPlace {
  readonly description: PipelineDescription | null;
  readonly members: number | null;
  readonly brokers: number | null;
  readonly partitions: number | null;
}

interface Against {
  readonly place: FaultPlace;
  readonly catalogues: Catalogues;
  readonly source: SourceText;
}

/** What is wrong with the i-th fault beyond its form: kind, target, trigger, params. */
export function faultProblems(fault: FaultFile, i: number, against: Against): readonly Problem[] {
  const { catalogues, source, place } = against;
  const at = (key: keyof FaultFile, message: string): Problem => ({ ...source.valueAt(["faults", i, key]), message });
  const entry = catalogues.faults.get(fault.kind);
  const kindProblems =
    entry === undefined ? [at("kind", unknownName("kind of fault", fault.kind, [...catalogues.faults.keys()]))] : [];

  const sort = sortOf(fault.target, catalogues);
  const targetProblems = "why" in sort ? [sort.why] : targetMisfits(fault, sort.sort, entry, place);
  const triggerProblems = triggerMisfits(fault, "why" in sort ? null : sort.sort, place);
  const params = entry === undefined ? null : readParams(entry, fault.params);
  return [
    ...kindProblems,
    ...targetProblems.map((message) => at("target", message)),
    ...triggerProblems.map((message) => at(fault.when === undefined ? "at" : "when", message)),
    ...(params?.problems ?? []).map(({ path, on, message }) => ({
      ...source[on === "key" ? "keyAt" : "valueAt"](["faults", i, "params", ...path]),
      message: `${fault.kind}: ${message}`,
    })),
  ];
}

export function sortOf(
  target: string,
  catalogues: Catalogues,
): { readonly sort: TargetSort } | { readonly why: string } {
  try {
    return { sort: catalogues.targetSort(target) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** As role.ts in harness/faults reads them. */
const coordinators = /\b(group|transaction) coordinator of (\S+)/gu;

/** What is wrong with a target whose sort is known: not what the kind takes, or nothing of this run. */
export function targetMisfits(
  fault: Pick<FaultFile, "kind" | "target">,
  sort: TargetSort,
  entry: FaultEntry | undefined,
  place: FaultPlace,
): readonly string[] {
  const takes = entry?.takes;
  const coordinated = [...fault.target.matchAll(coordinators)];
  // A group or a transactional id may look like a member, a broker or a partition.
  const target = fault.target.replaceAll(coordinators, "");
  const isTaken = takes === undefined || takes === sort || (takes === "process" && sort !== "link");
  const wanted =
    takes === "link" ? "link <member> <broker>" : takes === "process" ? "a member or a broker" : `a ${takes}`;
  return [
    ...(isTaken ? [] : [`${fault.kind} takes ${wanted}, not ${display(fault.target)}`]),
    ...(entry?.asksControlPort === true && sort === "member" && place.description?.speaks === false
      ? [`${fault.kind} is proven at a member's control port, and members of ${place.description.name} have none`]
      : []),
    ...[...target.matchAll(/\b(member|broker)-(\d+)\b(?!-)/gu)].flatMap(([, sort, number]) =>
      missing(sort === "broker" ? "broker" : "member", Number(number), place),
    ),
    ...coordinated.flatMap(([, of, key]) =>
      coordinatedMisfits(of === "group" ? "group" : "transaction", key ?? "", place),
    ),
    ...[...target.matchAll(/\bof ([\w.-]+)-(\d+)(?=\s|$)/gu)].flatMap(([, topic, partition]) =>
      topicMisfits(topic ?? "", Number(partition), place),
    ),
  ];
}

/** A pipeline whose transactional ids are its own affair may name any. */
function coordinatedMisfits(
  of: "group" | "transaction",
  key: string,
  { description, partitions }: FaultPlace,
): readonly string[] {
  if (description === null || partitions === null) return [];
  if (of === "group") {
    const groups = description.stages.map(({ group }) => group);
    return groups.includes(key) ? [] : [unknownName("group", key, groups)];
  }
  const ids = description.stages.map(({ transactionalId }) =>
    transactionalId === null ? null : Array.from({ length: partitions }, (_, partition) => transactionalId(partition)),
  );
  const known = ids.flatMap((each) => each ?? []);
  return ids.includes(null) || known.includes(key) ? [] : [unknownName("transactional id", key, known)];
}

function missing(sort: "member" | "broker", number: number, place: FaultPlace): readonly string[] {
  const count = sort === "member" ? place.members : place.brokers;
  if (count === null || (number >= 1 && number <= count)) return [];
  return [`there is no ${sort}-${number}; the scenario has ${count}: ${sort}-1 to ${sort}-${count}`];
}

export function memberMisfits(member: string, place: FaultPlace): readonly string[] {
  const [, number] = /^member-(\d+)$/u.exec(member) ?? [];
  if (number === undefined) return [`expected a member such as member-1, got ${display(member)}`];
  return missing("member", Number(number), place);
}

function topicMisfits(topic: string, partition: number, place: FaultPlace): readonly string[] {
  if (place.description === null || place.partitions === null) return [];
  const topics = place.description.topics(place.partitions);
  const found = topics.find(({ name }) => name === topic);
  if (found === undefined) {
    return [
      unknownName(
        "topic",
        topic,
        topics.map(({ name }) => name),
      ),
    ];
  }
  return partition < found.partitions
    ? []
    : [`${topic} has ${found.partitions} partitions: 0 to ${found.partitions - 1}`];
}

function triggerMisfits(fault: FaultFile, sort: TargetSort | null, place: FaultPlace): readonly string[] {
  const { at, when } = fault;
  if ((at === undefined) === (when === undefined)) return ["a fault has either `at` (a time) or `when` (a condition)"];
  if (when === undefined || "progress" in when) return [];
  if ("phase" in when) return memberMisfits(when.of, place);
  const after = when["arm-after-step-of"];
  return [
    ...(sort === "broker" ? ["a point parks a member's task, so the target has to be a member or its link"] : []),
    ...(after === null ? [] : memberMisfits(after, place)),
    ...pointMisfits(when, place),
  ];
}

export function pointMisfits(
  { point, stage, partition }: { readonly point: string; readonly stage: string; readonly partition: number | null },
  { description, partitions }: FaultPlace,
): readonly string[] {
  if (description === null) return [];
  const stages = description.stages.map(({ name }) => name);
  const pointNames: readonly string[] = description.points;
  return [
    ...(pointNames.includes(point) ? [] : [unknownName(`point of ${description.name}`, point, pointNames)]),
    ...(stages.includes(stage) ? [] : [unknownName(`stage of ${description.name}`, stage, stages)]),
    ...(partition === null || partitions === null || partition < partitions
      ? []
      : [`the stage has ${partitions} partitions: 0 to ${partitions - 1}, not ${partition}`]),
  ];
}
