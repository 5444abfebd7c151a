/**
 * HZ1, harness honesty: a recorder gap, a fault planned but not proven active, a clock step, both versions the same
 * binary, an undrained group, an overloaded host.
 *
 * Verified: also that each fault was proven healed, each planned step of the upgrade settled, finalise happened where it
 * is planned, each planned input was sent once, every acknowledged send is in the log, the drain left no committed record
 * waiting, the history is whole, no testimony was dropped, each end of a process was asked for, is explained by a fault or is the
 * process's own failure (LV3 judges those),
 * and no testimony or header contradicts the starts of processes and the logs.
 * Not verified: that the events themselves are true; what an unexplained end cost (the liveness checkers see that).
 * Soundness in mixed situations: it says what this run cannot prove, so it is valid or unknown, never invalid. Each
 * reason names what to change.
 */
import type { Checker, JudgingContext } from "../checker.ts";
import type { Ends } from "../../facts/ends.ts";
import type { Finding } from "../../model/finding.ts";
import {
  droppedOutputNotes,
  droppedOutputReasons,
  learnDroppedOutput,
  beginDroppedOutput,
  type DroppedOutput,
} from "./dropped-output.ts";
import { drainReasons, learnDrain, beginDrain, type Drain } from "./drain.ts";
import { endReasons } from "./ends.ts";
import { faultReasons, learnFault, beginFaults, type Faults } from "./faults.ts";
import { onceEach } from "./once-each.ts";
import { learnPlannedSend, plannedSendReasons, beginPlannedSends, type PlannedSends } from "./planned-sends.ts";
import { learnRun, runReasons, beginRun, type RunFacts } from "./run-facts.ts";
import { sendReasons, type Sends } from "../../facts/sends.ts";
import { learnTestimony, beginTestimony, testimonyReasons, type Testimony } from "./testimony.ts";
import { learnUpgrade, beginUpgrade, upgradeReasons, type Upgrade } from "./upgrade.ts";
import { overloadDoubts, slowHostDoubts, type Overload } from "../../facts/overload.ts";

const id = "HZ1";
const name = "harness honesty";

interface State {
  readonly faults: Faults;
  readonly upgrade: Upgrade;
  readonly run: RunFacts;
  readonly sends: Sends;
  readonly planned: PlannedSends;
  readonly drain: Drain;
  readonly dropped: DroppedOutput;
  readonly overload: Overload;
  readonly ends: Ends;
  readonly testimony: Testimony;
  events: number;
  hasEnded: boolean;
}

export const harnessHonesty: Checker<State> = {
  id,
  name,
  begin: (context: JudgingContext) => ({
    faults: beginFaults(context.plan),
    upgrade: beginUpgrade(context),
    run: beginRun(),
    sends: context.facts.sends,
    planned: beginPlannedSends(context.plan),
    drain: beginDrain(context.description),
    dropped: beginDroppedOutput(context.description),
    overload: context.facts.overload,
    ends: context.facts.ends,
    testimony: beginTestimony(context.description),
    events: 0,
    hasEnded: false,
  }),
  step(state, batch) {
    if (batch.kind === "end") state.hasEnded = true;
    learnRun(state.run, batch);
    learnDrain(state.drain, batch);
    learnTestimony(state.testimony, batch);
    if (batch.kind !== "event") return state;
    state.events += 1;
    learnFault(state.faults, batch.event);
    learnUpgrade(state.upgrade, batch.event);
    learnDroppedOutput(state.dropped, batch.event);
    learnPlannedSend(state.planned, batch.event);
    return state;
  },
  finish(state): Finding {
    const reasons = [
      ...onceEach(runReasons(state.run)),
      ...faultReasons(state.faults),
      ...upgradeReasons(state.upgrade),
      ...plannedSendReasons(state.planned),
      ...endReasons(state.ends),
      ...(state.hasEnded ? onceEach(sendReasons(state.sends)) : []),
      ...drainReasons(state.drain),
      ...droppedOutputReasons(state.dropped),
      // A time-out that passed may be the host's doing: then the reason says so too.
      ...onceEach(testimonyReasons(state.testimony)),
      ...(state.run.isDrainFailed ? slowHostDoubts(state.overload) : overloadDoubts(state.overload)),
    ];
    const base = { invariant: id, name, examined: state.events, unit: "events", anomalies: [] };
    if (reasons.length > 0) return { ...base, outcome: "unknown", why: reasons.join(" ") };
    const notes = droppedOutputNotes(state.dropped);
    return { ...base, outcome: "valid", why: notes.length === 0 ? null : notes.join(" ") };
  },
};
