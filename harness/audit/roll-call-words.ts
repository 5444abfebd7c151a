import { display } from "../base/did-you-mean.ts";
import type { StageSpec } from "../model/pipeline.ts";
import type { Tasks } from "../model/tasks.ts";
import type { SeenGroup } from "./roll-call.ts";

export interface Expected {
  readonly tasks: Tasks;
  /** Ids of the members, which are to be their client ids. */
  readonly members: readonly string[];
}

/** Of ids, no more are named. */
const namedMax = 8;

/** What keeps a pipeline that says nothing from being recognised, a sentence each, out of its groups' own records. */
export function missingFromGroups(expected: Expected, groups: ReadonlyMap<string, SeenGroup>): readonly string[] {
  const byGroup = Map.groupBy(expected.tasks.stages, ({ group }) => group);
  const own = [...byGroup].flatMap(([group, stages]) => ofGroup({ group, stages }, expected, groups.get(group)));
  return own.length === 0 ? own : [...own, ...elsewhere(expected, groups)];
}

/** Whether a group is full of clients that are no members: it will not become right by waiting. */
export function isMistaken({ tasks, members }: Expected, groups: ReadonlyMap<string, SeenGroup>): boolean {
  return tasks.stages.some(({ group }) => {
    const seen = groups.get(group);
    if (seen === undefined || seen.members.length < members.length) return seen?.isNewer === true;
    return seen.members.every(({ clientId }) => !members.includes(clientId));
  });
}

interface DescribedGroup {
  readonly group: string;
  readonly stages: readonly StageSpec[];
}

function ofGroup(described: DescribedGroup, expected: Expected, seen: SeenGroup | undefined): readonly string[] {
  const { stages } = described;
  const group = words(described);
  const wanted = named(expected.members);
  if (seen?.isNewer === true)
    return [`The ${group} uses the protocol of KIP-848, which does not say who owns what: set group.protocol=classic.`];
  if (seen === undefined || seen.members.length === 0)
    return [
      `Nobody is in the ${group}, which reads ${[...new Set(stages.flatMap(({ sources }) => sources))].join(", ")}: expected are the client ids ${wanted}.`,
    ];
  const ids = [...new Set(seen.members.map(({ clientId }) => clientId))];
  const strangers = ids.filter((id) => !expected.members.includes(id));
  if (strangers.length > 0)
    return [
      `In the ${group} are the client ids ${named(ids)}, expected are ${wanted}${suffixHint(strangers, expected)}.`,
    ];
  const absent = expected.members.filter((id) => !ids.includes(id));
  if (absent.length > 0) return [`${absent.join(", ")} did not join the ${group}; ${named(ids)} did.`];
  return [...unowned(described, expected, seen), ...split(described, expected, seen)];
}

function words({ group, stages }: DescribedGroup): string {
  const names = stages.map(({ name }) => name).join(", ");
  return `group ${display(group)} of ${stages.length === 1 ? "stage" : "stages"} ${names}`;
}

/** Kafka Streams, Spring and others append to the id that they are given. */
function suffixHint(strangers: readonly string[], { members }: Expected): string {
  const isSuffixed = strangers.some((id) => members.some((member) => id.startsWith(member)));
  return isSuffixed
    ? ": the framework appends to client.id; the client id that the group sees has to be the member's id alone"
    : ": set client.id to ${ROLLPROOF_MEMBER}";
}

function unowned(described: DescribedGroup, { tasks, members }: Expected, seen: SeenGroup): readonly string[] {
  const owned = new Set(seen.members.flatMap((member) => member.owned));
  const due = tasks.all.filter(({ group }) => group === described.group).flatMap(({ reads }) => reads.map(placeName));
  const free = due.filter((place) => !owned.has(place));
  if (free.length === 0) return [];
  const idle = members.filter((id) => seen.members.every((one) => one.clientId !== id || one.owned.length === 0));
  const who = idle.length === 0 ? "" : `; ${idle.join(", ")} ${idle.length === 1 ? "is" : "are"} assigned nothing`;
  const other = [...owned].filter((place) => !due.includes(place));
  const instead = other.length === 0 ? "" : `; assigned instead: ${named(other)}`;
  return [`Nobody owns ${named(free)} in ${words(described)}${who}${instead}.`];
}

/** Tasks of several source partitions that have several owners. */
function split(described: DescribedGroup, { tasks }: Expected, { members }: SeenGroup): readonly string[] {
  const ownerOf = (place: string): string | undefined => members.find(({ owned }) => owned.includes(place))?.clientId;
  const parted = tasks.all.find(
    ({ group, reads }) =>
      group === described.group && new Set(reads.flatMap((place) => ownerOf(placeName(place)) ?? [])).size > 1,
  );
  if (parted === undefined) return [];
  const owners = parted.reads.map((place) => `${placeName(place)} is ${ownerOf(placeName(place)) ?? "nobody"}'s`);
  return [
    `Task ${parted.name} has several owners (${owners.join(", ")}): use an assignor that keeps co-partitioned topics together (range), or describe a stage for each source.`,
  ];
}

function placeName({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}

/** Our members in groups that nobody described. */
function elsewhere({ tasks, members }: Expected, groups: ReadonlyMap<string, SeenGroup>): readonly string[] {
  return [...groups].flatMap(([group, seen]) => {
    if (tasks.stages.some((stage) => stage.group === group)) return [];
    const ids = [...new Set(seen.members.map(({ clientId }) => clientId))];
    const ours = ids.filter((id) => members.some((member) => id.startsWith(member)));
    if (ours.length === 0 && !seen.isNewer && seen.members.length === 0) return [];
    const who = ids.length === 0 ? "clients that it does not name" : named(ids);
    return [`Group ${display(group)}, which the description does not name, has ${who}.`];
  });
}

function named(ids: readonly string[]): string {
  const more = ids.length > namedMax ? ` and ${ids.length - namedMax} more` : "";
  return ids.slice(0, namedMax).map(display).join(", ") + more;
}
