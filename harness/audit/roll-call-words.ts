import { display } from "../base/did-you-mean.ts";
import type { StageSpec } from "../model/pipeline.ts";
import type { SeenGroup } from "./roll-call.ts";

export interface Expected {
  readonly stages: readonly StageSpec[];
  readonly partitions: number;
  /** Ids of the members, which are to be their client ids. */
  readonly members: readonly string[];
}

/** Of ids, no more are named. */
const namedMax = 8;

/** What keeps a pipeline that says nothing from being recognised, a sentence each, out of its groups' own records. */
export function missingFromGroups(expected: Expected, groups: ReadonlyMap<string, SeenGroup>): readonly string[] {
  const own = expected.stages.flatMap((stage) => ofStage(stage, expected, groups.get(stage.group)));
  return own.length === 0 ? own : [...own, ...elsewhere(expected, groups)];
}

/** Whether a group is full of clients that are no members: it will not become right by waiting. */
export function isMistaken({ stages, members }: Expected, groups: ReadonlyMap<string, SeenGroup>): boolean {
  return stages.some(({ group }) => {
    const seen = groups.get(group);
    if (seen === undefined || seen.members.length < members.length) return seen?.isNewer === true;
    return seen.members.every(({ clientId }) => !members.includes(clientId));
  });
}

function ofStage(stage: StageSpec, expected: Expected, seen: SeenGroup | undefined): readonly string[] {
  const group = `group ${display(stage.group)} of stage ${stage.name}`;
  const wanted = named(expected.members);
  if (seen?.isNewer === true)
    return [`The ${group} uses the protocol of KIP-848, which does not say who owns what: set group.protocol=classic.`];
  if (seen === undefined || seen.members.length === 0)
    return [`Nobody is in the ${group}, which reads ${stage.source}: expected are the client ids ${wanted}.`];
  const ids = [...new Set(seen.members.map(({ clientId }) => clientId))];
  const strangers = ids.filter((id) => !expected.members.includes(id));
  if (strangers.length > 0)
    return [
      `In the ${group} are the client ids ${named(ids)}, expected are ${wanted}${suffixHint(strangers, expected)}.`,
    ];
  const absent = expected.members.filter((id) => !ids.includes(id));
  if (absent.length > 0) return [`${absent.join(", ")} did not join the ${group}; ${named(ids)} did.`];
  return unowned(stage, expected, seen);
}

/** Kafka Streams, Spring and others append to the id that they are given. */
function suffixHint(strangers: readonly string[], { members }: Expected): string {
  const isSuffixed = strangers.some((id) => members.some((member) => id.startsWith(member)));
  return isSuffixed
    ? ": the framework appends to client.id; the client id that the group sees has to be the member's id alone"
    : ": set client.id to ${ROLLPROOF_MEMBER}";
}

function unowned(stage: StageSpec, { partitions, members }: Expected, seen: SeenGroup): readonly string[] {
  const owned = new Set(seen.members.flatMap((member) => member.owned));
  const tasks = Array.from({ length: partitions }, (_, i) => `${stage.source}-${i}`);
  const free = tasks.filter((task) => !owned.has(task));
  if (free.length === 0) return [];
  const idle = members.filter((id) => seen.members.every((one) => one.clientId !== id || one.owned.length === 0));
  const who = idle.length === 0 ? "" : `; ${idle.join(", ")} ${idle.length === 1 ? "is" : "are"} assigned nothing`;
  const other = [...owned].filter((task) => !tasks.includes(task));
  const instead = other.length === 0 ? "" : `; assigned instead: ${named(other)}`;
  return [`Nobody owns ${named(free)} in group ${display(stage.group)} of stage ${stage.name}${who}${instead}.`];
}

/** Our members in groups that nobody described. */
function elsewhere({ stages, members }: Expected, groups: ReadonlyMap<string, SeenGroup>): readonly string[] {
  return [...groups].flatMap(([group, seen]) => {
    if (stages.some((stage) => stage.group === group)) return [];
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
