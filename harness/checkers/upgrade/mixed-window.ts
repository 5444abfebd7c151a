/**
 * UP2, mixed window: while both versions run, the old one fails on or misreads what the new one wrote, or assignment cannot
 * complete.
 *
 * Verified: every output of the old version whose cause changes a key that a session of the new version left, or is a record that the
 * new version wrote as another stage's output, while both run, against the specification; that every member which runs beside the
 * other version for the scenario's gates.timeout, or as long as Kafka may hold a sound member up if that is longer, is named meanwhile
 * by a generation of each group that has named the member before or since; a member that no group ever names, by each group's.
 * Not verified: old members that die of the new version's bytes before they answer (LV3 and HZ1 tell of such ends); why a member is
 * in no generation; groups of the newer protocol; what of the old version's reading comes after the last new member has ended (UP3).
 * Soundness in mixed situations: as UP1 for what is read. A member outside its group convicts only where no fault was active in all
 * that time or had ended shortly before it, where the host was not starved, and where the offsets log was read whole: its generations
 * are the group's own records. A client in the group whose id is no member's may be that very member, and leaves a doubt.
 */
import { eventRef, type EvidenceEnd } from "../../model/evidence.ts";
import { absentInTopic, everyEnd, everyFault, everyGauge, everyStart } from "../../facts/reliances.ts";
import { endOf, type Life, type MemberLives } from "../../facts/member-lives.ts";
import { addAnomaly, listAnomalies, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import type { Checker, JudgingContext } from "../checker.ts";
import { excusesOf, beginExcuses, stepExcuses, type Excuses } from "../liveness/excuses.ts";
import { readingFinding, type Misreadings } from "./misreading.ts";

const id = "UP2";
const name = "mixed window";

interface State {
  readonly context: JudgingContext;
  readonly excuses: Excuses;
  /** Run nanoseconds of faults: from the journal's entry to the proof that they are healed. */
  readonly faults: Map<string, { readonly from: number; to: number }>;
  end: EvidenceEnd | null;
}

export const mixedWindow: Checker<State> = {
  id,
  name,
  begin: (context) => ({ context, excuses: beginExcuses(context), faults: new Map(), end: null }),
  step(state, batch) {
    if (batch.kind === "end") state.end = batch.end;
    if (batch.kind !== "event") return state;
    const { event } = batch;
    stepExcuses(state.excuses, event);
    if (event.kind === "fault-journalled") state.faults.set(event.fault, { from: event.at, to: Infinity });
    const fault = event.kind === "fault-probed-healed" && event.healed ? state.faults.get(event.fault) : undefined;
    if (fault !== undefined) fault.to = event.at;
    return state;
  },
  finish(state) {
    const { context, excuses } = state;
    const { from, to } = context.plan.scenario;
    const outside = membersOutside(state);
    const doubts = [...outside.doubts, ...(outside.anomalies.length > 0 ? excusesOf(excuses) : [])];
    const asked = { id, name, unit: "answers of the old version from bytes of the new", reader: from, writer: to };
    return readingFinding(context, asked, {
      ...outside,
      anomalies: doubts.length > 0 ? [] : outside.anomalies,
      doubts,
    });
  },
};

/** Members that ran beside the other version, and that no generation of a group names meanwhile. */
function membersOutside(state: State): Misreadings {
  const { context, faults, end } = state;
  const { index } = context.facts;
  const { lives } = context.facts.upgrade;
  const anomalies = beginAnomalies();
  const generations = end?.generations ?? [];
  const { holdUpNanos } = context.facts.ends;
  const limitNanos = Math.max(context.plan.scenario.gates.timeoutMs * context.hostFactor * 1e6, holdUpNanos);
  const groups = new Set(index.stages.map(({ group }) => group));
  const members = new Set(lives.lives.map(({ member }) => member));
  const doubts = new Set<string>();
  for (const life of lives.roll === null ? [] : lives.lives) {
    const window = besideOther(lives, life);
    const isDisturbed = [...faults.values()].some(
      (fault) => fault.from <= window.to && fault.to + holdUpNanos >= life.started.at,
    );
    if (window.to - window.from < limitNanos || isDisturbed) continue;
    // The start of a process may be told after the group has taken it in; its predecessor's end is not.
    const since = lives.byName.get(`${life.member}/${life.incarnation - 1}`)?.ended?.seq ?? -1;
    const isInAGroup = generations.some(({ owners }) => owners.has(life.member));
    for (const group of groups) {
      const own = generations.filter((generation) => generation.group === group);
      const named = own.some(
        ({ seq, owners }) => owners.has(life.member) && seq > since && seq < (life.ended?.seq ?? Infinity),
      );
      // Of a group without any generation nothing is known: it may be of the newer protocol.
      if (own.length === 0 || named) continue;
      // Members may run different stages: this one belongs to other groups alone.
      if (isInAGroup && !own.some(({ owners }) => owners.has(life.member))) continue;
      const stranger = own.flatMap(({ owners }) => [...owners.keys()]).find((client) => !members.has(client));
      if (stranger !== undefined)
        doubts.add(
          `The client ${stranger} of the group ${group} is no member, or ${life.member} under another name: let client.id be the member's id.`,
        );
      else
        addAnomaly(anomalies, id, `${life.version} ${group}`, () =>
          describe(life, group, (window.to - window.from) / 1e6),
        );
    }
  }
  return { examined: 0, anomalies: listAnomalies(anomalies), doubts: [...doubts] };
}

/** The longest stretch, run nanoseconds, in which the life runs beside one of another version. */
function besideOther(lives: MemberLives, life: Life): { readonly from: number; readonly to: number } {
  let best = { from: life.started.at, to: life.started.at };
  for (const other of lives.lives) {
    if (other.version === life.version) continue;
    const from = Math.max(life.started.at, other.started.at);
    const to = Math.min(endOf(lives, life), endOf(lives, other));
    if (to - from > best.to - best.from) best = { from, to };
  }
  return best;
}

function describe({ member, incarnation, version, started }: Life, group: string, ranMs: number): AnomalyBody {
  return {
    sentence: `${member}/${incarnation} (${version}) ran beside the other version for ${Math.round(ranMs)} ms, and no generation of the group ${group} names it.`,
    expected: `a generation of ${group} with ${member} in it`,
    actual: "none",
    evidence: [eventRef(started.seq)],
    restsOn: [absentInTopic("__consumer_offsets"), everyStart, everyEnd, everyFault, everyGauge],
    firstBadCommit: null,
    task: null,
    seq: started.seq,
  };
}
