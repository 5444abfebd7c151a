/**
 * HZ1, harness honesty: a recorder gap, a fault planned but not proven active, a clock step, both versions the same
 * binary, an undrained group, an overloaded host.
 *
 * Verified: also that each fault was proven healed, each planned step of the upgrade settled, finalise happened where it
 * is planned, each planned input was sent once, every acknowledged send is in the log, the drain left no committed record
 * waiting, the history is whole, no testimony was dropped, each end of a process was asked for or is explained by a fault,
 * and no testimony or header contradicts the starts of processes and the logs.
 * Not verified: that the events themselves are true; what an unexplained end cost (the liveness checkers see that).
 * Soundness in mixed situations: it says what this run cannot prove, so it is valid or unknown, never invalid. Each
 * reason names what to change.
 */
import type { Checker, CheckerContext, Finding } from "../model/finding.ts";
import {
  droppedOutputNotes,
  droppedOutputReasons,
  learnDroppedOutput,
  startDroppedOutput,
  type DroppedOutput,
} from "./honesty/dropped-output.ts";
import { drainReasons, learnDrain, startDrain, type Drain } from "./honesty/drain.ts";
import { endReasons, learnEnd, startEnds, type Ends } from "./honesty/ends.ts";
import { faultReasons, learnFault, startFaults, type Faults } from "./honesty/faults.ts";
import { onceEach } from "./honesty/once-each.ts";
import { learnPlannedSend, plannedSendReasons, startPlannedSends, type PlannedSends } from "./honesty/planned-sends.ts";
import { learnRun, runReasons, startRun, type RunFacts } from "./honesty/run-facts.ts";
import { learnSend, sendReasons, startSends, type Sends } from "./honesty/sends.ts";
import { learnTestimony, startTestimony, testimonyReasons, type Testimony } from "./honesty/testimony.ts";
import { learnUpgrade, startUpgrade, upgradeReasons, type Upgrade } from "./honesty/upgrade.ts";
import { overloadDoubts, slowHostDoubts, startOverload, stepOverload, type Overload } from "./overload.ts";

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
}

export const harnessHonesty: Checker<State> = {
  id,
  name,
  start: (context: CheckerContext) => ({
    faults: startFaults(context.plan),
    upgrade: startUpgrade(context),
    run: startRun(),
    sends: startSends(),
    planned: startPlannedSends(context.plan),
    drain: startDrain(context.description),
    dropped: startDroppedOutput(context.description),
    overload: startOverload(context),
    ends: startEnds(context),
    testimony: startTestimony(context.description),
    events: 0,
  }),
  step(state, batch) {
    learnRun(state.run, batch);
    learnSend(state.sends, batch);
    learnDrain(state.drain, batch);
    learnTestimony(state.testimony, batch);
    if (batch.kind !== "event") return state;
    state.events += 1;
    learnFault(state.faults, batch.event);
    learnUpgrade(state.upgrade, batch.event);
    learnDroppedOutput(state.dropped, batch.event);
    learnPlannedSend(state.planned, batch.event);
    stepOverload(state.overload, batch.event);
    learnEnd(state.ends, batch.event);
    return state;
  },
  finish(state): Finding {
    const reasons = [
      ...onceEach(runReasons(state.run)),
      ...faultReasons(state.faults),
      ...upgradeReasons(state.upgrade),
      ...plannedSendReasons(state.planned),
      ...endReasons(state.ends),
      ...onceEach(sendReasons(state.sends)),
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
