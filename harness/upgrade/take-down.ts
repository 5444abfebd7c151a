import { until, within, type Deadline } from "../base/deadline.ts";
import type { TakeDown } from "../model/program.ts";
import type { GateView } from "./gates/view.ts";
import type { ActWorld } from "./world.ts";

/** Ends members in good order. One request a member, whichever act begins it: the acts wait for different ends of it. */
export interface TakeDowns {
  carryOut(act: TakeDown): Promise<void>;
}

export function createTakeDowns(world: ActWorld): TakeDowns {
  const stopping = new Map<string, Promise<void>>();
  const stop = (member: string): Promise<void> => {
    const known = stopping.get(member);
    if (known !== undefined) return known;
    const begun = stopOrderly(member, world).finally(() => stopping.delete(member));
    stopping.set(member, begun);
    begun.catch(() => undefined); // whoever waits for it is told
    return begun;
  };
  return {
    async carryOut({ members, until: end }) {
      await Promise.all(
        members.map(async (member) =>
          end === "drained"
            ? await drain(member, stop(member), world)
            : await within(deadlineOf(world, `${member} to end after its drain`), stop(member)),
        ),
      );
    },
  };
}

/** Over when the member says `drained`, or has ended. */
async function drain(member: string, stopped: Promise<void>, world: ActWorld): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([world.signal, over.signal]);
  const what = `${member} to drain (${member} has not said that it is drained)`;
  const said = until({ ...deadlineOf(world, what), signal }, () =>
    world.view.members.get(member)?.drained === true ? true : undefined,
  );
  try {
    await Promise.race([stopped, said]);
  } finally {
    over.abort();
    said.catch(() => undefined);
  }
}

/**
 * Stops the member in good order. Where a fault ended it, before or meanwhile, the fault's heal starts it again, and it is
 * stopped once it is back. Where it ended by itself, it is down and stays so: there is nothing to wait for.
 */
async function stopOrderly(member: string, world: ActWorld): Promise<void> {
  for (;;) {
    const { incarnation, cause } = await world.members.stop(member, world.signal);
    if (cause !== "fault") return;
    // Not before it has told its health: a process that has hardly begun does not drain, and its crash is not healed yet.
    await until(deadlineOf(world, `${member} to be back after its crash`), () =>
      hasTold(world.view, member, incarnation + 1) ? true : undefined,
    );
  }
}

function hasTold(view: GateView, member: string, incarnation: number): boolean {
  const known = view.members.get(member);
  return known?.running === true && known.incarnation >= incarnation && known.health !== null;
}

function deadlineOf({ gates, hostFactor, signal }: ActWorld, what: string): Deadline {
  return {
    what,
    timeoutMs: gates.timeoutMs * hostFactor,
    signal,
    remedy: "Raise gates.timeout, or look into the member's log for what held it up.",
  };
}
