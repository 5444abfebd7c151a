import { setTimeout as sleep } from "node:timers/promises";
import type { Act } from "../model/program.ts";
import { gates } from "./gates/catalogue.ts";
import type { GateQuestion, Reading } from "./gates/gate.ts";
import { decide, giveUp, type Decision, type GivenUp, type OnTimeout } from "./policy.ts";
import type { ActWorld, Tell, UpgradeMembers } from "./world.ts";

/** Between two looks at the gates. */
const everyMs = 50;

export interface PassOptions {
  readonly record: Tell;
  readonly onTimeout: OnTimeout;
  readonly alarm: () => string | null;
  /** Holds the workload, unless it is held. */
  readonly hold: (why: string) => Promise<void>;
}

/**
 * Reads the act's gates until the policy decides to proceed, to roll back or to stop. What they read is recorded whenever it has changed. A
 * wait that an earlier coordinator began goes on: with its clock, and with the samples since then.
 */
export async function pass(
  act: Act,
  world: ActWorld,
  { record, onTimeout, alarm, hold }: PassOptions,
): Promise<Extract<Decision, { kind: "proceed" } | GivenUp>> {
  const { view, members, tasks, checkpoints, signal, now, holds } = world;
  const known = view.progress.act?.id === act.id ? view.progress.act.waiting : null;
  const began = known ?? { seq: view.lastSeq, at: now() };
  const timeoutMs = world.gates.timeoutMs * world.hostFactor;
  const question: GateQuestion = {
    act,
    members: members.ids,
    tasks,
    bounds: world.gates,
    slo: world.slo,
    diskFreeMinMiB: world.diskFreeMinMiB,
    checkpoints,
    since: began.seq,
  };
  const told = new Map<string, string>();
  let isHeld = false;
  for (;;) {
    signal.throwIfAborted();
    const why = alarm();
    if (why !== null) return giveUp(why, onTimeout);
    const readings = act.gates.map((gate): Reading => ({ gate, ...gates[gate].read(view, question) }));
    const waitedMs = (now() - began.at) / 1e6;
    const isLate = waitedMs >= Math.min(timeoutMs, holds === null ? Infinity : holds.afterMs + holds.forMs);
    const failures = !isLate ? [] : await failuresOf(act, members);
    const decision = decide({ act, readings, waitedMs, timeoutMs, failures, onTimeout, hold: holds });
    for (const reading of readings) tell(reading, { act, decision, told, record });
    if (decision.kind === "hold" && !isHeld) await hold(decision.why);
    isHeld ||= decision.kind === "hold";
    if (decision.kind !== "hold" && decision.kind !== "pause") return decision;
    await sleep(everyMs, undefined, { signal });
  }
}

/** How members of the act ended by themselves at its version, in words. */
async function failuresOf(act: Act, members: UpgradeMembers): Promise<readonly string[]> {
  const version = "version" in act ? act.version : null;
  if (version === null) return [];
  const looks = await Promise.all(act.members.map(async (member) => await members.look(member)));
  return looks.flatMap(({ failure }) => (failure?.version === version ? [failure.words] : []));
}

function tell(
  { gate, value, bound, missing }: Reading,
  {
    act,
    decision,
    told,
    record,
  }: {
    readonly act: Act;
    readonly decision: Decision;
    readonly told: Map<string, string>;
    readonly record: Tell;
  },
): void {
  const body = { act: act.id, gate, value, bound, missing, decision: decision.kind };
  const text = JSON.stringify(body);
  if (told.get(gate) === text) return;
  told.set(gate, text);
  record({ kind: "gate-read", ...body });
}
