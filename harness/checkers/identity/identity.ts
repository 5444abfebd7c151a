/**
 * Whether a run directory holds one run: everything that names the run must agree with everything else that does.
 *
 * Verified: run-started against run.json and the feature levels that the plan asks for; started members, their digests and their
 * folders; acts of the upgrade and faults against the plan; the bytes of acknowledged source records against the stream that the seed
 * gives.
 * Not verified: what a broker did not acknowledge; a directory in which everything was changed together; in a history that was cut
 * off or damaged, members' files of which it has no start.
 * Not a checker: what it finds takes the ground from under every other finding, those that convict too.
 */
import type { PlannedRecords } from "../../base/planned-records.ts";
import type { EvidenceBatch } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunInfo } from "../../model/verdict.ts";
import { carriedOutReasons, learnCarriedOut, beginCarriedOut } from "./carried-out.ts";
import { learnProcess, processReasons, beginProcesses, unstartedReasons, type MemberFolder } from "./processes.ts";
import { learnSent, learnSentFrame, sentReasons, beginSentRecords } from "./sent-records.ts";
import { learnStarted, startedReasons, beginStarted } from "./started.ts";

export interface IdentityContext {
  readonly plan: Plan;
  readonly run: RunInfo;
  readonly planned: PlannedRecords;
  /** The folders in `members/` of the run directory. */
  readonly folders: readonly MemberFolder[];
}

/** Whether the files are of one run, as far as the history tells. */
export interface Mixture {
  /** Why they are not; empty when everything agrees. */
  readonly reasons: readonly string[];
  /** Nothing of the history was cut off or damaged; else that comes first, as it may explain the reasons. */
  readonly isHistoryWhole: boolean;
}

export interface Identity {
  step(batch: EvidenceBatch): void;
  finish(): Mixture;
}

export function beginIdentity({ plan, run, planned, folders }: IdentityContext): Identity {
  const started = beginStarted(plan, run);
  const processes = beginProcesses(plan, run);
  const carriedOut = beginCarriedOut(plan);
  const sent = beginSentRecords(planned);
  let isWhole = false;
  return {
    step(batch) {
      if (batch.kind === "end") isWhole = batch.end.complete;
      if (batch.kind === "log") learnSentFrame(sent, batch.batch);
      if (batch.kind !== "event") return;
      learnStarted(started, batch.event);
      learnProcess(processes, batch.event);
      learnCarriedOut(carriedOut, batch.event);
      learnSent(sent, batch.event);
    },
    finish: () => ({
      reasons: [
        ...startedReasons(started),
        ...processReasons(processes),
        // A start that is not there says nothing where events were lost.
        ...(isWhole ? unstartedReasons(processes, folders) : []),
        ...carriedOutReasons(carriedOut),
        ...sentReasons(sent),
      ],
      isHistoryWhole: isWhole,
    }),
  };
}
