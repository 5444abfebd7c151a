import type { BrokerId, MemberId } from "../model/brand.ts";
import { isMemberEnd, type Coordinated, type MemberEnd, type OneBroker, type Role } from "../model/role.ts";

/** What is known of the cluster at the moment of resolving. null: nobody, or not known. */
export interface RoleView {
  readonly members: readonly MemberId[];
  readonly brokers: readonly BrokerId[];
  owner(place: Omit<Extract<MemberEnd, { readonly kind: "owner" }>, "kind">): MemberId | null;
  leader(topic: string, partition: number): BrokerId | null;
  coordinator(coordinated: Coordinated): BrokerId | null;
  /** Whether the upgrade's coordinator is there. */
  readonly isCoordinated: boolean;
}

/** A role resolved to ids. */
export type Resolved =
  | { readonly kind: "process"; readonly id: MemberId | BrokerId; readonly sort: "member" | "broker" }
  | { readonly kind: "coordinator" }
  | { readonly kind: "links"; readonly from: MemberId; readonly to: readonly BrokerId[] };

/** Who the role is now; `pick` chooses among several candidates, sorted by id. null: nobody at this moment. */
export function resolveRole(role: Role, pick: number, view: RoleView): Resolved | null {
  if (role.kind === "links") {
    const from = memberOf(role.from, pick, view);
    const one = role.to.kind === "every-broker" ? null : brokerOf(role.to, pick, view);
    const to = role.to.kind === "every-broker" ? view.brokers : one === null ? [] : [one];
    return from === null || to.length === 0 ? null : { kind: "links", from, to };
  }
  if (isMemberEnd(role.end)) {
    const id = memberOf(role.end, pick, view);
    return id === null ? null : { kind: "process", id, sort: "member" };
  }
  if (role.end.kind === "upgrade-coordinator") return view.isCoordinated ? { kind: "coordinator" } : null;
  const id = brokerOf(role.end, pick, view);
  return id === null ? null : { kind: "process", id, sort: "broker" };
}

function memberOf(end: MemberEnd, pick: number, view: RoleView): MemberId | null {
  switch (end.kind) {
    case "member":
      return view.members.includes(end.id) ? end.id : null;
    case "any-member":
      return picked(view.members, pick);
    case "owner":
      return view.owner(end);
    default:
      return end satisfies never;
  }
}

function brokerOf(end: OneBroker, pick: number, view: RoleView): BrokerId | null {
  switch (end.kind) {
    case "broker":
      return view.brokers.includes(end.id) ? end.id : null;
    case "any-broker":
      return picked(view.brokers, pick);
    case "leader":
      return view.leader(end.topic, end.partition);
    case "coordinator":
      return view.coordinator(end);
    default:
      return end satisfies never;
  }
}

function picked<Id extends string>(ids: readonly Id[], pick: number): Id | null {
  return ids.toSorted()[pick % ids.length] ?? null;
}
