import { display } from "../../base/did-you-mean.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunInfo } from "../../model/verdict.ts";

/** A folder of the run directory that holds what one incarnation of a member left. */
export interface MemberFolder {
  readonly member: string;
  /** null: a folder of the member itself, whatever is in it. */
  readonly incarnation: number | null;
}

/** The members that the history started, against run.json's digests, the plan's members and the folders that are there. */
export interface Processes {
  readonly run: RunInfo;
  readonly members: ReadonlySet<string>;
  /** `member-1/2`. */
  readonly incarnations: Set<string>;
  readonly reasons: Set<string>;
  /** Of files that were copied without a start before. */
  readonly copiedUnstarted: Set<string>;
}

export function beginProcesses(plan: Plan, run: RunInfo): Processes {
  const members = new Set(Array.from({ length: plan.scenario.members }, (_, i) => `member-${i + 1}`));
  return { run, members, incarnations: new Set(), reasons: new Set(), copiedUnstarted: new Set() };
}

export function learnProcess(processes: Processes, event: HistoryEvent): void {
  if (event.kind === "process-started" && event.process.startsWith("member-")) learnMember(processes, event);
  if (event.kind !== "disk-copied" && event.kind !== "checkpoint-captured") return;
  const { member, incarnation } = event;
  if (!processes.incarnations.has(`${member}/${incarnation}`))
    processes.copiedUnstarted.add(
      `The history copied files of ${display(member)}/${incarnation}, which it did not start before.`,
    );
}

function learnMember({ run, members, incarnations, reasons }: Processes, event: HistoryEvent<"process-started">): void {
  const { process, incarnation, version, sha256 } = event;
  incarnations.add(`${process}/${incarnation}`);
  if (!members.has(process)) reasons.add(`The history started ${display(process)}, which the plan does not have.`);
  const known = version === null ? undefined : Object.entries(run.versions.pipeline).find(([name]) => name === version);
  if (known === undefined)
    reasons.add(`The history started ${process} at version ${display(version)}, of which run.json has no digest.`);
  else if (sha256 !== known[1])
    reasons.add(`The history started version ${display(version)} with the digest ${sha256}, run.json has ${known[1]}.`);
}

export function processReasons({ reasons }: Processes): readonly string[] {
  return [...reasons];
}

/** Files of members that the history did not start; of a history that is whole. */
export function unstartedReasons(
  { incarnations, copiedUnstarted }: Processes,
  folders: readonly MemberFolder[],
): readonly string[] {
  const members = new Set([...incarnations].map((name) => name.split("/")[0]));
  const stray = folders.flatMap(({ member, incarnation }) => {
    const name = incarnation === null ? member : `${member}/${incarnation}`;
    // A start that failed leaves a folder too, of the incarnation after the last.
    const isKnown =
      incarnation === null
        ? members.has(member)
        : incarnations.has(name) || incarnations.has(`${member}/${incarnation - 1}`);
    return isKnown ? [] : [display(`members/${name}`)];
  });
  if (stray.length === 0) return [...copiedUnstarted];
  const more = stray.length > 3 ? ` and ${stray.length - 3} more` : "";
  return [...copiedUnstarted, `The history started no process for ${stray.slice(0, 3).join(", ")}${more}.`];
}
