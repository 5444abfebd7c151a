import { brokerId, memberId, type BrokerId, type MemberId } from "./brand.ts";
import type { TargetSort } from "./fault.ts";

/** A target as a scenario says it, parsed; still to be resolved when the fault fires. */
export type Role =
  | { readonly kind: "process"; readonly end: End }
  | { readonly kind: "links"; readonly from: MemberEnd; readonly to: BrokerEnd };

export type MemberEnd =
  | { readonly kind: "member"; readonly id: MemberId }
  | { readonly kind: "any-member" }
  /** `group`: of several that read the topic; null: there is only one. */
  | { readonly kind: "owner"; readonly topic: string; readonly partition: number; readonly group: string | null };
export type BrokerEnd =
  | { readonly kind: "broker"; readonly id: BrokerId }
  | { readonly kind: "any-broker" }
  | { readonly kind: "every-broker" }
  | { readonly kind: "leader"; readonly topic: string; readonly partition: number }
  | ({ readonly kind: "coordinator" } & Coordinated);
export type OneBroker = Exclude<BrokerEnd, { readonly kind: "every-broker" }>;
/** What carries the upgrade out. */
export interface UpgradeCoordinatorEnd {
  readonly kind: "upgrade-coordinator";
}
export type End = MemberEnd | OneBroker | UpgradeCoordinatorEnd;

/** What a broker coordinates: a group by its name, or the transactions of one transactional id. */
export interface Coordinated {
  readonly of: "group" | "transaction";
  readonly key: string;
}

/** Whose leader is the active controller (KIP-595). */
export const clusterMetadata = { topic: "__cluster_metadata", partition: 0 } as const;

const grammar =
  "`member-2`, `broker-1`, `any member`, `any broker`, `owner of payments-0`, `owner of payments-0 in GROUP`, `leader of settlements-1`, " +
  "`active controller`, `group coordinator of GROUP`, `transaction coordinator of TRANSACTIONAL-ID`, `coordinator` (the upgrade's), or " +
  "`link <member> <broker>` with `broker-*` for every broker";

/**
 * process = member | broker | `coordinator`, the upgrade's; member = `member-N` | `any member` | `owner of TOPIC-P` [`in GROUP`]; broker = `broker-N` | `any broker` |
 * `leader of TOPIC-P` | `active controller` | `group coordinator of GROUP` | `transaction coordinator of ID`; links = `link`
 * member (broker | `broker-*`). Throws a plain Error that names what is allowed.
 */
export function parseRole(text: string): Role {
  const words = text.trim().split(/\s+/u);
  if (words.length === 1 && words[0] === "coordinator")
    return { kind: "process", end: { kind: "upgrade-coordinator" } };
  const isLink = words[0] === "link";
  const first = takeEnd(isLink ? words.slice(1) : words, text);
  if (!isLink) {
    if (first.end.kind === "every-broker" || first.rest.length > 0) throw notARole(text);
    return { kind: "process", end: first.end };
  }
  const second = takeEnd(first.rest, text);
  if (!isMemberEnd(first.end) || isMemberEnd(second.end) || second.rest.length > 0) throw notARole(text);
  return { kind: "links", from: first.end, to: second.end };
}

/** What sort of thing the role stands for. */
export function roleSort(role: Role): TargetSort {
  if (role.kind === "links") return "link";
  if (role.end.kind === "upgrade-coordinator") return "coordinator";
  return isMemberEnd(role.end) ? "member" : "broker";
}

function takeEnd(
  words: readonly string[],
  text: string,
): { readonly end: MemberEnd | BrokerEnd; readonly rest: readonly string[] } {
  const [first, second, third] = words;
  if (first === "any" && second === "member") return { end: { kind: "any-member" }, rest: words.slice(2) };
  if (first === "any" && second === "broker") return { end: { kind: "any-broker" }, rest: words.slice(2) };
  if (first === "active" && second === "controller")
    return { end: { kind: "leader", ...clusterMetadata }, rest: words.slice(2) };
  if ((first === "owner" || first === "leader") && second === "of" && third !== undefined) {
    const place = /^([\w.-]+)-(\d+)$/u.exec(third);
    if (place?.[1] === undefined) throw notARole(text);
    const [topic, partition] = [place[1], Number(place[2])];
    if (first === "leader") return { end: { kind: first, topic, partition }, rest: words.slice(3) };
    const [inWord, group] = words.slice(3);
    const isNamed = inWord === "in" && group !== undefined;
    return {
      end: { kind: first, topic, partition, group: isNamed ? group : null },
      rest: words.slice(isNamed ? 5 : 3),
    };
  }
  if ((first === "group" || first === "transaction") && second === "coordinator" && third === "of") {
    const [key] = words.slice(3);
    if (key === undefined) throw notARole(text);
    return { end: { kind: "coordinator", of: first, key }, rest: words.slice(4) };
  }
  if (first === "broker-*") return { end: { kind: "every-broker" }, rest: words.slice(1) };
  if (first !== undefined && /^member-[1-9]\d*$/u.test(first))
    return { end: { kind: "member", id: memberId(first) }, rest: words.slice(1) };
  if (first !== undefined && /^broker-[1-9]\d*$/u.test(first))
    return { end: { kind: "broker", id: brokerId(first) }, rest: words.slice(1) };
  throw notARole(text);
}

export function isMemberEnd(end: End | BrokerEnd): end is MemberEnd {
  return end.kind === "member" || end.kind === "any-member" || end.kind === "owner";
}

function notARole(text: string): Error {
  return new Error(`"${text}" is not a target; expected ${grammar}`);
}
