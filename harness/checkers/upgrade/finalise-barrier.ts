/**
 * UP5, finalise barrier: a new-only format is written before every member has confirmed and the flag's activation is in the log.
 *
 * Verified: every committed output and changelog record that had been read before the harness began to activate the flag: its
 * bytes against the specification's texts in the formats that the description lets a version write before and after the
 * activation, and against the schema that the changelog's bytes carry; that nobody else activated the flag; that the activation is in
 * the log where a format that waits for it is.
 * Not verified: what `rp-writer` says of the format, and outputs that are f's in no format (EO4); records that were read after the
 * activation had begun, since logs of different partitions have no order; checkpoint files; features that leave no trace in bytes.
 * Soundness in mixed situations: either version may write what is allowed before. A text that also fits a format of before convicts
 * nobody. What convicts was in its log when the harness had not yet written the flag. An activation in the log that the plan asks for,
 * without the harness's word that it began, is a doubt about the evidence.
 */
import { eventRef, refOf } from "../../model/evidence.ts";
import type { Anomaly, Reliance } from "../../model/finding.ts";
import type { FlagActivation } from "../../facts/flag-activation.ts";
import type { GatedWrite, GatedWrites } from "../../facts/gated-writes.ts";
import { absentInTopic, present, whole } from "../../facts/reliances.ts";
import { conclude, notApplicable } from "../anomalies.ts";
import type { Checker, JudgingContext } from "../checker.ts";
import { specificationDoubts } from "../guarantee.ts";

const id = "UP5";
const name = "finalise barrier";
const unit = "outputs and changelog records from before the activation";

/** That the harness did not begin to activate the flag: no event of the roll is missing. */
const noBeginning: Reliance = { ledger: "upgrade", partition: null, from: null, to: null, claims: "absence" };

export const finaliseBarrier: Checker<JudgingContext> = {
  id,
  name,
  begin: (context) => context,
  step: (context) => context,
  finish(context) {
    const { upgrade, sources } = context.facts;
    const { gated } = upgrade;
    const { activation } = gated;
    const why = inapplicable(context);
    if (why !== null) return notApplicable(id, name, unit, why);
    return conclude({
      invariant: id,
      name,
      unit,
      examined: gated.examined,
      anomalies: isUntold(activation) ? [] : anomaliesOf(context, gated),
      doubts: [
        ...specificationDoubts(context),
        ...sources.failures,
        ...(isUntold(activation)
          ? [
              `The flag ${activation.flag} is active in the log, and no event says that the harness began to activate it.`,
            ]
          : []),
        // At least once repeats effects: f's answer was given to the first.
        ...(gated.unread > 0 && context.plan.scenario.guarantee === "exactly-once"
          ? [
              `${gated.unread} outputs from before the activation could not be compared: no committed cause, or a second output of one.`,
            ]
          : []),
      ],
      idle:
        gated.formats === null
          ? `The description does not say which formats wait for the flag ${activation.flag}: name them (activate.formats).`
          : "Nothing was written before the activation: let the roll run under load.",
    });
  },
};

function inapplicable({ plan, description }: JudgingContext): string | null {
  if (description.activate === null) return "The pipeline has no flag that an upgrade activates.";
  const { from, to } = plan.scenario;
  return from === to || plan.program.length === 0 ? "The run has no upgrade, so nothing is finalised." : null;
}

function anomaliesOf(context: JudgingContext, gated: GatedWrites): readonly Anomaly[] {
  const early = [...gated.early.values()].map(({ found, more }) => earlyWrite(context, found, more));
  return [...early, ...activationAnomalies(gated)];
}

function earlyWrite({ description, facts }: JudgingContext, found: GatedWrite, more: number): Anomaly {
  const { flag, began, index } = facts.upgrade.activation;
  const { at, what, written, cause, transaction } = found;
  const formats = description.activate?.formats;
  const before = (what === "format" ? formats?.outputs : formats?.states)?.before ?? [];
  return {
    invariant: id,
    sentence: `A record of ${at.topic}-${at.partition} is in ${what} ${written}, which waits for the flag ${flag}, and was written before the flag was active.`,
    expected: `${what} ${before.join(" or ")}`,
    actual: `${what} ${written}`,
    evidence: [refOf(at), ...(began === null ? [] : [eventRef(began.seq)])],
    restsOn: [
      present(at.topic, at.partition, at.offset),
      ...(cause === null ? [] : [whole(cause.topic, cause.partition, cause.offset), ...index.causesRestOn]),
      ...(began === null ? [noBeginning] : []),
    ],
    firstBadCommit: refOf(transaction?.prepare ?? at),
    task: null,
    seq: transaction?.seq ?? null,
    more,
  };
}

/** The activation itself: by the upgrade and nobody else, and in the log where a format needs it. */
function activationAnomalies({ activation, later }: GatedWrites): readonly Anomaly[] {
  const { active, began, flag, topic } = activation;
  if (active !== null && (began === null || active.seq < began.seq))
    return [
      {
        invariant: id,
        sentence: `The flag ${flag} was active in the log before the upgrade activated it.`,
        expected: began === null ? "no activation" : "an activation after every member has confirmed",
        actual: "an activation by somebody else",
        evidence: [refOf(active.at), ...(began === null ? [] : [eventRef(began.seq)])],
        restsOn: [
          present(active.at.topic, active.at.partition, active.at.offset),
          ...(began === null ? [noBeginning] : []),
        ],
        firstBadCommit: refOf(active.at),
        task: null,
        seq: active.seq,
        more: 0,
      },
    ];
  if (later === null || active !== null || topic === null) return [];
  const { at, what, written, transaction } = later;
  return [
    {
      invariant: id,
      sentence: `A record of ${at.topic}-${at.partition} is in ${what} ${written}, which waits for the flag ${flag}, and no activation is in ${topic}.`,
      expected: `an active record of ${flag} in ${topic}`,
      actual: "none",
      evidence: [refOf(at)],
      restsOn: [present(at.topic, at.partition, at.offset), absentInTopic(topic)],
      firstBadCommit: refOf(transaction?.prepare ?? at),
      task: null,
      seq: transaction?.seq ?? null,
      more: 0,
    },
  ];
}

/** The flag is active as the plan asks, and the harness does not say that it began to make it so: its word is missing. */
function isUntold({ active, began, isPlanned, isStopped }: FlagActivation): boolean {
  return active !== null && began === null && isPlanned && !isStopped;
}
