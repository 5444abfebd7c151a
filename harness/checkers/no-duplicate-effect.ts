/**
 * EO1, no duplicate effect: two outputs in the committed content of the sinks have the same (cause, ordinal).
 *
 * Verified: every committed output that names its cause in `rp-source`, over all sinks of a stage, whatever member,
 * version, transaction or sink partition wrote it.
 * Not verified: outputs without a readable cause (unknown), outputs of undecided transactions (unknown).
 * Soundness in mixed situations: rests on two presences; an aborted or undecided copy is never counted, and a retried
 * input (another source offset) is another cause. Under at-least-once duplicates are allowed: not applicable.
 */
import { recordRef, type EvidenceBatch, type Records, type Transaction } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, present, startAnomalies } from "./anomalies.ts";
import { allowedByGuarantee } from "./guarantee.ts";
import { addBit, startBits, type PagedBits } from "./paged-bits.ts";
import { placeOf, rememberPlace, startPlaces, type Places } from "./recent-places.ts";
import { eachWritten, indexTasks, ofTask, perTask, sourceOf, stagesOfCauses, taskName } from "./tasks.ts";

const id = "EO1";
const name = "no duplicate effect";
const unit = "committed outputs";

interface State {
  readonly context: CheckerContext;
  readonly index: ReturnType<typeof indexTasks>;
  readonly tasks: ReturnType<typeof perTask<Map<number, Seen>>>;
  readonly anomalies: ReturnType<typeof startAnomalies>;
  examined: number;
  unreadable: number;
  undecided: number;
}

/** Per ordinal: causes seen, and where the recent ones lie. */
interface Seen {
  readonly causes: PagedBits;
  readonly places: Places;
}

export const noDuplicateEffect: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    index: indexTasks(context.description),
    tasks: perTask<Map<number, Seen>>(() => new Map()),
    anomalies: startAnomalies(),
    examined: 0,
    unreadable: 0,
    undecided: 0,
  }),
  step(state, batch: EvidenceBatch) {
    eachWritten(batch, state.index.bySink, (records, outcome, transaction) => {
      if (outcome === "committed") stepRecords(state, records, transaction);
      else state.undecided += records.count;
    });
    return state;
  },
  finish(state) {
    const allowed = allowedByGuarantee(state.context, { id, name }, unit);
    if (allowed !== null) return allowed;
    const doubts: string[] = [];
    if (state.unreadable > 0)
      doubts.push(
        `${state.unreadable} committed outputs name no readable cause: have the pipeline write rp-source headers.`,
      );
    if (state.undecided > 0) doubts.push(`${state.undecided} outputs lie in undecided transactions.`);
    return conclude({
      invariant: id,
      name,
      unit,
      examined: state.examined,
      anomalies: listAnomalies(state.anomalies),
      doubts,
      idle: "No committed output was seen: send more input, or let the run drain.",
    });
  },
};

function stepRecords(state: State, records: Records, transaction: Transaction | null): void {
  const stages = stagesOfCauses(state.index, records);
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage < 0) {
      state.unreadable += 1;
      continue;
    }
    state.examined += 1;
    const partition = records.causePartition[i] ?? -1;
    const cause = records.causeOffset[i] ?? 0;
    const ordinal = records.ordinal[i] ?? 0;
    const place = { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
    const ordinals = ofTask(state.tasks, stage, partition);
    let seen = ordinals.get(ordinal);
    if (seen === undefined) ordinals.set(ordinal, (seen = { causes: startBits(), places: startPlaces() }));
    if (addBit(seen.causes, cause)) rememberPlace(seen.places, cause, place);
    else duplicate(state, { stage, partition, cause, ordinal, place, first: placeOf(seen.places, cause), transaction });
  }
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

interface Duplicate {
  readonly stage: number;
  readonly partition: number;
  readonly cause: number;
  readonly ordinal: number;
  readonly place: Place;
  readonly first: Place | null;
  readonly transaction: Transaction | null;
}

function duplicate(state: State, { stage, partition, cause, ordinal, place, first, transaction }: Duplicate): void {
  const task = taskName(state.index, stage, partition);
  addAnomaly(state.anomalies, id, task, () => {
    const source = sourceOf(state.index, stage);
    const second = recordRef(place.topic, place.partition, place.offset);
    const earlier = first ?? { topic: source, partition, offset: cause };
    return {
      sentence: `Output ${ordinal} of ${source}-${partition}@${cause} is committed twice.`,
      expected: "one committed output",
      actual: "two committed outputs",
      evidence: [recordRef(earlier.topic, earlier.partition, earlier.offset), second],
      restsOn: [
        present(earlier.topic, earlier.partition, earlier.offset),
        present(place.topic, place.partition, place.offset),
        ...state.index.causesRestOn,
      ],
      firstBadCommit:
        transaction?.prepare == null
          ? second
          : recordRef(transaction.prepare.topic, transaction.prepare.partition, transaction.prepare.offset),
      task,
      seq: transaction?.seq ?? null,
    };
  });
}
