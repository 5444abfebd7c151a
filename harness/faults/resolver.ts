import type { BrokerId, MemberId } from "../model/brand.ts";
import type { Link } from "../model/environment.ts";
import type { FaultTarget } from "../model/fault.ts";
import { parseRole } from "../model/role.ts";
import { linkId } from "./link-fault.ts";
import type { ProcessTarget } from "./process-fault.ts";
import { resolveRole, type RoleView } from "./resolve-role.ts";

/** Who a target is at this moment. */
export interface ResolvedTarget {
  /** `member-2`, `broker-1`, or links as `member-2→broker-1`. */
  readonly ids: readonly string[];
  /** The member whose tasks a point parks: the process itself, or the links' near end; null for any other process. */
  readonly member: MemberId | null;
  readonly target: FaultTarget;
}

/** null: nobody plays the role now (no owner known, no leader). Throws when the expression is not a role. */
export type ResolveTarget = (expression: string, pick: number) => ResolvedTarget | null;

export interface ResolverWorld {
  readonly view: RoleView;
  /** The latest incarnation, with how to bring up the next. */
  process(id: MemberId | BrokerId): Omit<ProcessTarget, "peers">;
  /** The upgrade's coordinator, where the view says that there is one. */
  coordinator(): Omit<ProcessTarget, "peers">;
  link(from: MemberId, to: BrokerId): Link;
}

/** Roles over what the run knows. */
export function createResolver(world: ResolverWorld): ResolveTarget {
  return (expression, pick) => {
    const who = resolveRole(parseRole(expression), pick, world.view);
    if (who === null) return null;
    if (who.kind === "coordinator")
      return { ids: ["coordinator"], member: null, target: { ...world.coordinator(), peers: [] } };
    if (who.kind === "process") {
      const member = world.view.members.find((id) => id === who.id) ?? null;
      const peers = world.view.brokers.filter((id) => id !== who.id);
      return { ids: [who.id], member, target: { ...world.process(who.id), peers } };
    }
    const links = who.to.map((to) => world.link(who.from, to));
    return { ids: links.map(linkId), member: who.from, target: { kind: "links", links } };
  };
}
