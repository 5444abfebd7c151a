import { isMistaken } from "../audit/roll-call-words.ts";
import type { RollCall } from "../audit/roll-call.ts";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import type { Members } from "../members/members.ts";
import type { MemberId } from "../model/brand.ts";
import type { Process } from "../model/environment.ts";
import type { Tasks } from "../model/tasks.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import type { Ownership } from "./ownership.ts";
import { startFailure, startRemedy } from "./start-failure.ts";

/** Before the host factor. */
const membersReadyMs = 40_000;
/** So long a group may be full of clients that are no members before waiting is given up. Before the host factor, too. */
const mistakenMs = 5_000;

/** What is looked at while the members come up. */
export interface Starting {
  readonly members: Pick<Members, "broken" | "latest">;
  readonly tasks: Tasks;
  readonly ownership: Ownership;
  readonly rollCall: RollCall;
  readonly slots: readonly MemberId[];
}

/**
 * Waits until every member is ready and every task is owned. Throws `member-failed` with what is missing: at once where a
 * member has ended again and again, or where the groups are full of others.
 */
export async function untilReady(
  { description, signal, hostFactor }: Pick<ExecuteOptions, "description" | "signal" | "hostFactor">,
  { members, tasks, ownership, rollCall, slots }: Starting,
): Promise<void> {
  const { groups } = rollCall;
  const what = "every member to be ready and every task to be owned";
  const latest = (member: string): Process => members.latest(member);
  let mistakenSince: number | null = null;
  try {
    await until({ what, timeoutMs: membersReadyMs * hostFactor, signal, remedy: startRemedy }, async () => {
      const broken = members.broken();
      if (broken !== null) throw broken;
      if (ownership.settled(slots)) return true;
      const mistaken = !description.speaks && isMistaken({ tasks, members: slots }, groups);
      mistakenSince = mistaken ? (mistakenSince ?? performance.now()) : null;
      if (mistakenSince !== null && performance.now() - mistakenSince > mistakenMs * hostFactor)
        throw await startFailure({ description, tasks, slots, latest, ownership, groups });
      return undefined;
    });
  } catch (cause) {
    if (!(cause instanceof RollproofError) || cause.code !== "deadline-passed") throw cause;
    throw await startFailure({ description, tasks, slots, latest, ownership, groups });
  }
}
