import type { EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import { learnActiveFault, beginActiveFaults, type ActiveFaults } from "./active-faults.ts";
import { beginIntake, stepIntake, type CheckpointIntake } from "./checkpoint-files.ts";
import { beginChainedReads, stepChainedReads, type ChainedReads } from "./chained-reads.ts";
import { beginCadence, stepCadence, type CommitCadence } from "./commit-cadence.ts";
import { rowsOf } from "./commit-rows.ts";
import { beginCauses, stepCauses, type Causes } from "./causes.ts";
import { beginDeletions, stepDeletions, type Deletions } from "./deletions.ts";
import { beginEffects, settleEffects, stepEffects, type Effects } from "./effects.ts";
import { beginKeptRows, beginTexts, keepRow, type KeptRows } from "./kept-rows.ts";
import { beginOpenings, stepOpenings, type Openings } from "./openings.ts";
import { beginSends, stepSends, type Sends } from "./sends.ts";
import { beginSources, stepSources, type Sources } from "./sources.ts";
import { stepHandOvers, type HandOvers } from "./hand-overs.ts";
import { beginReadOrder, stepReadOrder, type ReadOrder } from "./read-order.ts";
import { beginRedelivery, stepRedelivery, type Redelivery } from "./redelivery.ts";
import { beginFolds, stepFolds, type StateFolds } from "./state-fold.ts";
import { beginEnds, stepEnds, type Ends } from "./ends.ts";
import { beginOverload, stepOverload, type Overload } from "./overload.ts";
import { beginRebalances, stepRebalances, type Rebalances } from "./rebalances.ts";
import { beginRoll, stepRoll, type Roll } from "./roll.ts";
import { beginUpgradeLedger, stepAfterSettling, stepBeforeSettling, type UpgradeLedger } from "./upgrade-ledger.ts";
import { beginWriterRuns, stepWriterRuns, type WriterRuns } from "./writer-runs.ts";
import { indexTasks, ofTask, perTask, type PerTask, type TaskIndex } from "./tasks.ts";

/** What is known of a run so far, each fact derived once. Stepped before the checkers, which only read it. */
export interface Facts {
  readonly index: TaskIndex;
  /** What each committed transaction and each plain commit did for a task, in order of arrival. */
  readonly rows: PerTask<KeptRows>;
  readonly openings: Openings;
  readonly deletions: Deletions;
  readonly handOvers: HandOvers;
  readonly readOrder: ReadOrder;
  readonly redelivery: Redelivery;
  readonly sends: Sends;
  /** What the source logs hold, and what of it calls for an effect. */
  readonly sources: Sources;
  /** What the sinks hold, against that. */
  readonly effects: Effects;
  /** Effects whose causes are not committed source records. */
  readonly causes: Causes;
  /** f's state against the committed changelog; null without a specification. */
  readonly state: StateFolds | null;
  readonly checkpoints: CheckpointIntake;
  /** When faults were active, and on what. */
  readonly faults: ActiveFaults;
  /** Whether the host was too busy for a time-out to prove anything. */
  readonly overload: Overload;
  readonly cadence: CommitCadence;
  readonly ends: Ends;
  readonly roll: Roll;
  readonly rebalances: Rebalances;
  readonly upgrade: UpgradeLedger;
  /** Who wrote a task's committed records, in the order of each log. */
  readonly writers: WriterRuns;
  readonly reads: ChainedReads;
}

export function beginFacts(context: CheckerContext): Facts {
  const index = indexTasks(context.description);
  const sources = beginSources(index);
  const effects = beginEffects(sources, context);
  const texts = beginTexts();
  const faults = beginActiveFaults(context.plan);
  return {
    index,
    rows: perTask(() => beginKeptRows(texts)),
    openings: beginOpenings(),
    deletions: beginDeletions(index),
    handOvers: new Map(),
    readOrder: beginReadOrder(context.description),
    redelivery: beginRedelivery(context),
    sends: beginSends(),
    sources,
    effects,
    causes: beginCauses(sources),
    state: context.specification && beginFolds(index, context.specification),
    checkpoints: beginIntake(context, index),
    faults,
    overload: beginOverload(context, faults),
    cadence: beginCadence(),
    ends: beginEnds(context, faults),
    roll: beginRoll(),
    rebalances: beginRebalances(context, faults),
    upgrade: beginUpgradeLedger(context, effects),
    writers: beginWriterRuns(index),
    reads: beginChainedReads(index),
  };
}

export function stepFacts(facts: Facts, batch: EvidenceBatch): void {
  const {
    index,
    rows,
    openings,
    sources,
    effects,
    causes,
    state,
    checkpoints,
    ends,
    roll,
    rebalances,
    upgrade,
    writers,
    reads,
  } = facts;
  if (batch.kind === "event") learnActiveFault(facts.faults, batch.event);
  const arrived = rowsOf(index, batch);
  for (const { stage, partition, row } of arrived) keepRow(ofTask(rows, stage, partition), row);
  stepOpenings(openings, batch, arrived);
  stepDeletions(facts.deletions, batch, arrived);
  stepHandOvers(facts.handOvers, batch);
  stepReadOrder(facts.readOrder, batch);
  stepRedelivery(facts.redelivery, batch);
  stepSends(facts.sends, batch);
  stepSources(sources, batch);
  stepEffects(effects, batch);
  stepBeforeSettling(upgrade, batch);
  settleEffects(effects, arrived);
  stepAfterSettling(upgrade, batch, arrived);
  stepCauses(causes, batch, effects.runs);
  if (state !== null) stepFolds(state, batch);
  stepIntake(checkpoints, batch);
  stepRebalances(rebalances, batch);
  stepWriterRuns(writers, batch);
  stepChainedReads(reads, batch);
  if (batch.kind !== "event") return;
  stepOverload(facts.overload, batch.event);
  stepCadence(facts.cadence, batch.event);
  stepEnds(ends, batch.event);
  stepRoll(roll, batch.event);
}
