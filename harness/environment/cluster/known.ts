import { RollproofError } from "../../base/errors.ts";
import type { Process } from "../../model/environment.ts";

/** What an environment has under an id. Throws `usage` when it has nothing there. */
export function known<T>(value: T | undefined, id: string): T {
  if (value !== undefined) return value;
  throw unknownId(id, []);
}

/** `among`: the ids that there are; [] where they are not listed. */
export function unknownId(id: string, among: readonly string[]): RollproofError {
  return new RollproofError("usage", `The environment has no ${id}.`, {
    remedy: among.length === 0 ? "Name a broker or a slot that it was made with." : `It has ${among.join(", ")}.`,
  });
}

/** Throws `defect` when the last incarnation has not ended. */
export async function refuseIfAlive(last: Pick<Process, "id" | "incarnation" | "state">): Promise<void> {
  if ((await last.state()) === "gone") return;
  throw new RollproofError("defect", `${last.id} (incarnation ${last.incarnation}) is still alive.`, {
    remedy: "End it before the next incarnation starts: two would share a disk.",
  });
}
