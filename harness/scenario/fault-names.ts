import { display, unknownName } from "../base/did-you-mean.ts";
import type { Problem, SourceText } from "../base/source-text.ts";
import type { TargetSort } from "../model/fault.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { actOfPhase } from "../model/program.ts";
import {
  clusterMetadata,
  parseRole,
  roleSort,
  type BrokerEnd,
  type Coordinated,
  type End,
  type MemberEnd,
  type Role,
} from "../model/role.ts";
import { readersOf, tasksOf } from "../model/tasks.ts";
import { counterpart, possibleActs, type Ways } from "../model/way-back.ts";
import type { Catalogues, FaultEntry } from "./catalogues.ts";
import { readParams } from "./params.ts";
import type { FaultFile } from "./schema.ts";

/** What a fault's words are checked against; null where the file could not be read. */
export interface FaultPlace {
  readonly description: PipelineDescription | null;
  readonly members: number | null;
  readonly brokers: number | null;
  readonly partitions: number | null;
  /** Null: they cannot be told. */
  readonly ways: Ways | null;
  /** The act after which the upgrade is rolled back by design. */
  readonly rollBackAfter: string | undefined;
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

  const target = roleOf(fault.target);
  const targetProblems = "why" in target ? [target.why] : targetMisfits(fault, target.role, entry, place);
  const triggerProblems = triggerMisfits(fault, "why" in target ? null : roleSort(target.role), place);
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

/** The target as the grammar reads it, or what is wrong with it. */
export function roleOf(target: string): { readonly role: Role } | { readonly why: string } {
  try {
    return { role: parseRole(target) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** What is wrong with a target that the grammar knows: not what the kind takes, or nothing of this run. */
export function targetMisfits(
  { kind, target }: Pick<FaultFile, "kind" | "target">,
  role: Role,
  entry: FaultEntry | undefined,
  place: FaultPlace,
): readonly string[] {
  const takes = entry?.takes;
  const sort = roleSort(role);
  if (sort === "coordinator" && kind !== "crash")
    return [`the upgrade's coordinator can be crashed, and nothing else: use \`kind: crash\`, not ${kind}`];
  const isTaken = takes === undefined || takes === sort || (takes === "process" && sort !== "link");
  const wanted =
    takes === "link" ? "link <member> <broker>" : takes === "process" ? "a member or a broker" : `a ${takes}`;
  const ends = role.kind === "links" ? [role.from, role.to] : [role.end];
  return [
    ...(isTaken ? [] : [`${kind} takes ${wanted}, not ${display(target)}`]),
    ...(entry?.asksControlPort === true && sort === "member" && place.description?.speaks === false
      ? [`${kind} is proven at a member's control port, and members of ${place.description.name} have none`]
      : []),
    ...ends.flatMap((end) => endMisfits(end, place)),
  ];
}

/** The active controller is the leader of a partition that no description has. */
function isController({ topic, partition }: { readonly topic: string; readonly partition: number }): boolean {
  return topic === clusterMetadata.topic && partition === clusterMetadata.partition;
}

function endMisfits(end: End | BrokerEnd, place: FaultPlace): readonly string[] {
  switch (end.kind) {
    case "member":
    case "broker":
      return missing(end.kind, Number(end.id.slice(end.kind.length + 1)), place);
    case "owner":
      return ownerMisfits(end, place);
    case "leader":
      return isController(end) ? [] : topicMisfits(end, place);
    case "coordinator":
      return coordinatedMisfits(end, place);
    case "any-member":
    case "any-broker":
    case "every-broker":
    case "upgrade-coordinator":
      return [];
    default:
      return end satisfies never;
  }
}

/** A pipeline whose transactional ids are its own affair may name any. */
function coordinatedMisfits({ of, key }: Coordinated, { description, partitions }: FaultPlace): readonly string[] {
  if (description === null || partitions === null) return [];
  const tasks = tasksOf(description, description.topics(partitions));
  if (of === "group") {
    const groups = description.stages.map(({ group }) => group);
    return groups.includes(key) ? [] : [unknownName("group", key, groups)];
  }
  const ids = description.stages.map(
    ({ name, transactionalId }) =>
      transactionalId && Array.from({ length: tasks.countOf(name) }, (_, partition) => transactionalId(partition)),
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

/** An act that the upgrade does not have, or that never begins since the upgrade is rolled back before. */
export function actMisfits(act: string, { ways, rollBackAfter }: FaultPlace): readonly string[] {
  if (ways === null) return [];
  const possible = possibleActs(ways, rollBackAfter).map(({ id }) => id);
  if (possible.includes(act)) return [];
  const all = [...ways.program, ...(ways.back ?? [])];
  return [
    all.some(({ id }) => id === act)
      ? `${act} never begins: the upgrade is rolled back after ${rollBackAfter}`
      : unknownName("act of the upgrade", act, possible),
  ];
}

type Recurring = Extract<NonNullable<FaultFile["when"]>, { readonly occurrence: unknown }>;

/** The act that the fault waits for, if the way back has its counterpart where the fault is to come again. */
function occurrenceMisfits(when: Recurring, place: FaultPlace): readonly string[] {
  const { ways } = place;
  const act = "act" in when ? when.act : ways && actOfPhase(ways.program, when.of, when.phase)?.id;
  if (ways === null || act === null || act === undefined) return [];
  const misfits = actMisfits(act, place);
  if (misfits.length > 0 || when.occurrence === "first") return misfits;
  if (ways.back === undefined) return ["occurrence: any asks for a way back, and this upgrade is never rolled back"];
  const again = counterpart(ways, act);
  return again === undefined
    ? [
        `${act} has no counterpart on the way back: occurrence: any is for the parts of a replacement on the way forward`,
      ]
    : actMisfits(again.id, place);
}

function topicMisfits(
  { topic, partition }: { readonly topic: string; readonly partition: number },
  place: FaultPlace,
): readonly string[] {
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

function ownerMisfits(
  { topic, partition, group }: Extract<MemberEnd, { readonly kind: "owner" }>,
  place: FaultPlace,
): readonly string[] {
  const misfits = topicMisfits({ topic, partition }, place);
  if (misfits.length > 0 || place.description === null) return misfits;
  const groups = readersOf(place.description).flatMap((reader) => (reader.source === topic ? [reader.group] : []));
  if (groups.length === 0) return [`no stage reads ${topic}, so nobody owns a partition of it`];
  if (group !== null) return groups.includes(group) ? [] : [unknownName(`group that reads ${topic}`, group, groups)];
  return groups.length === 1
    ? []
    : [
        `the groups ${groups.join(", ")} read ${topic}: say whose owner, as in \`owner of ${topic}-${partition} in ${groups[0]}\``,
      ];
}

/** The member's replacement on the way forward has to come. */
function settlingMisfits(member: string, place: FaultPlace): readonly string[] {
  const act = place.ways === null ? undefined : actOfPhase(place.ways.program, member, "gate");
  return act === undefined ? [] : actMisfits(act.id, place);
}

function triggerMisfits(fault: FaultFile, sort: TargetSort | null, place: FaultPlace): readonly string[] {
  const { at, when } = fault;
  if (sort === "coordinator" && fault.for === null)
    return ["a crashed coordinator needs `for`, after which the next one starts: without one the upgrade never ends"];
  if ((at === undefined) === (when === undefined)) return ["a fault has either `at` (a time) or `when` (a condition)"];
  if (when === undefined || "progress" in when) return [];
  if ("journal" in when) return when.of === null ? [] : actMisfits(when.of, place);
  if ("act" in when) return occurrenceMisfits(when, place);
  if ("phase" in when) return [...memberMisfits(when.of, place), ...occurrenceMisfits(when, place)];
  const after = when["arm-after-step-of"];
  return [
    ...(sort === "broker" || sort === "coordinator"
      ? ["a point parks a member's task, so the target has to be a member or its link"]
      : []),
    ...(after === null ? [] : [...memberMisfits(after, place), ...settlingMisfits(after, place)]),
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
  const count = partitions === null ? 0 : tasksOf(description, description.topics(partitions)).countOf(stage);
  return [
    ...(pointNames.includes(point) ? [] : [unknownName(`point of ${description.name}`, point, pointNames)]),
    ...(stages.includes(stage) ? [] : [unknownName(`stage of ${description.name}`, stage, stages)]),
    ...(partition === null || count === 0 || partition < count
      ? []
      : [`the stage has ${count} partitions: 0 to ${count - 1}, not ${partition}`]),
  ];
}
