/**
 * HZ1, harness honesty: a recorder gap, a fault planned but not proven active, a clock step, both versions the same
 * binary, an undrained group, an overloaded host.
 *
 * Verified: also that each fault was proven healed, each planned step of the upgrade settled, finalise happened where it
 * is planned, each planned input was sent once, every acknowledged send is in the log, the drain left no committed record
 * waiting, the history is whole.
 * Not verified: that the events themselves are true; why a process ended (the liveness checkers see what it costs).
 * Soundness in mixed situations: it says what this run cannot prove, so it is valid or unknown, never invalid. Each
 * reason names what to change.
 */
import type { Checker, CheckerContext, Finding } from "../model/finding.ts";
import { drainReasons, learnDrain, startDrain, type Drain } from "./honesty/drain.ts";
import { learnPlannedSend, plannedSendReasons, startPlannedSends, type PlannedSends } from "./honesty/planned-sends.ts";
import { faultReasons, learnFault, startFaults, type Faults } from "./honesty/faults.ts";
import { learnRun, runReasons, startRun, type RunFacts } from "./honesty/run-facts.ts";
import { learnSend, sendReasons, startSends, type Sends } from "./honesty/sends.ts";
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
  readonly overload: Overload;
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
    overload: startOverload(context),
    events: 0,
  }),
  step(state, batch) {
    learnRun(state.run, batch);
    learnSend(state.sends, batch);
    learnDrain(state.drain, batch);
    if (batch.kind !== "event") return state;
    state.events += 1;
    learnFault(state.faults, batch.event);
    learnUpgrade(state.upgrade, batch.event);
    learnPlannedSend(state.planned, batch.event);
    stepOverload(state.overload, batch.event);
    return state;
  },
  finish(state): Finding {
    const reasons = [
      ...runReasons(state.run),
      ...faultReasons(state.faults),
      ...upgradeReasons(state.upgrade),
      ...plannedSendReasons(state.planned),
      ...sendReasons(state.sends),
      ...drainReasons(state.drain),
      // A time-out that passed may be the host's doing: then the reason says so too.
      ...(state.run.isDrainFailed ? slowHostDoubts(state.overload) : overloadDoubts(state.overload)),
    ];
    const base = { invariant: id, name, examined: state.events, unit: "events", anomalies: [] };
    if (reasons.length > 0) return { ...base, outcome: "unknown", why: reasons.join(" ") };
    return { ...base, outcome: "valid", why: null };
  },
};
