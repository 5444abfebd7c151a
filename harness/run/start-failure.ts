import { missingFromGroups } from "../audit/roll-call-words.ts";
import type { RollCall } from "../audit/roll-call.ts";
import { RollproofError } from "../base/errors.ts";
import type { MemberId } from "../model/brand.ts";
import type { Process } from "../model/environment.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Tasks } from "../model/tasks.ts";
import type { Ownership } from "./ownership.ts";

/** What is known of a pipeline that does not come up. */
export interface StartSeen {
  readonly description: Pick<PipelineDescription, "speaks">;
  readonly tasks: Tasks;
  readonly slots: readonly MemberId[];
  /** The latest incarnation of a member. */
  readonly latest: (member: string) => Process;
  readonly ownership: Ownership;
  readonly groups: RollCall["groups"];
}

/** A port that a member has named is known at once. */
const namedMs = 1_000;
const answerMs = 10_000;
export const startRemedy =
  'Read members/*/*/log in the run directory, and "When it does not start" in docs/writing-a-pipeline.md.';

/** Why the members run and the pipeline is not ready all the same: a sentence for each thing that is missing, and the end of a log. */
export async function startFailure(seen: StartSeen): Promise<RollproofError> {
  const { description, tasks, slots, latest, ownership, groups } = seen;
  const { notReady, unowned } = ownership.missing(slots);
  const about = notReady[0] ?? slots[0];
  const reasons = description.speaks
    ? [
        ...(await Promise.all(notReady.map(async (member) => await silence(latest(member))))),
        ...(unowned.length === 0 ? [] : [`Nobody runs the tasks ${unowned.join(", ")}.`]),
      ]
    : missingFromGroups({ tasks, members: slots }, groups);
  const tail = about === undefined ? "" : `\nThe end of ${about}'s log:\n${await latest(about).logTail()}`;
  const why = reasons.length === 0 ? "its members are not ready" : reasons.join("\n");
  return new RollproofError("member-failed", `The pipeline does not come up: ${why}${tail}`, { remedy: startRemedy });
}

/** What a member that speaks does not do: name its control port, answer there, or say that it is ready. */
async function silence(process: Process): Promise<string> {
  const { id } = process;
  if ((await process.state().catch(() => "gone")) === "gone") return `${id} has ended.`;
  const unknown = new Promise<null>((resolve) => setTimeout(() => resolve(null), namedMs).unref());
  const endpoint = await Promise.race([process.endpoint("control").catch(() => null), unknown]);
  if (endpoint === null) return `${id} has not named its control port on stdout (a line of kind "listening").`;
  try {
    const answer = await fetch(`http://${endpoint}/health`, {
      signal: AbortSignal.timeout(answerMs),
      redirect: "error",
    });
    await answer.body?.cancel();
    return answer.ok
      ? `${id} answers GET /health at its control port and does not say that it is ready.`
      : `${id} answers GET /health at its control port with status ${answer.status}.`;
  } catch (cause) {
    const code = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    return `${id} named ${endpoint} as its control port, but nothing answers there (${code}): it has to listen at ROLLPROOF_CONTROL_HOST and name the port that it has.`;
  }
}
