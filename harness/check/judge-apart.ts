import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { z } from "zod";
import { errorExits, type ErrorCode } from "../base/errors.ts";

export interface ApartOptions {
  readonly specification: string | null;
  /** How long one call of the specification may take. */
  readonly callMsMax: number;
}

/** How judging in another process went. */
export type Apart =
  | { readonly kind: "judged" }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly message: string;
      readonly remedy: string;
      readonly cause: string | null;
    }
  | { readonly kind: "defect"; readonly stack: string }
  /** It ended without an answer: `why` is the reason, with what to change. */
  | { readonly kind: "died"; readonly why: string };

const answers: z.ZodType<Apart> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("judged") }),
  z.strictObject({
    kind: z.literal("refused"),
    code: z.custom<ErrorCode>((code) => typeof code === "string" && Object.hasOwn(errorExits, code)),
    message: z.string(),
    remedy: z.string(),
    cause: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal("defect"), stack: z.string() }),
]);
const ticks = z.strictObject({ inside: z.string().nullable(), isStuck: z.boolean() });

const keptCharacters = 16_384;
const closeMsMax = 1_000;

/**
 * Judges a run directory in a process of its own, whose death costs no more than the verdict: a specification may never return,
 * and memory that runs out ends a whole process.
 */
export async function judgeApart(directory: string, { specification, callMsMax }: ApartOptions): Promise<Apart> {
  const child = fork(
    join(import.meta.dirname, "judge-process.ts"),
    [directory, specification ?? "", String(callMsMax)],
    {
      execArgv: process.execArgv.filter((flag) => /^--(?:max|disable-warning|no-warnings)/.test(flag)),
      // What a specification prints is no part of our output.
      stdio: ["ignore", 2, "pipe", "ipc", "pipe"],
    },
  );
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const said: unknown[] = [];
  child.on("message", (message: unknown) => said.push(message));
  const errors = tailOf(child.stderr);
  const watchdog = tailOf(child.stdio[4]);
  const [code, signal] = await endOf(child);
  process.off("exit", endWithUs);
  const answer = answers.safeParse(said[0]);
  if (answer.success) return answer.data;
  const last = watchdog().trimEnd().split("\n").at(-1) ?? "";
  return { kind: "died", why: whyDied({ how: signal ?? `exit code ${code}`, errors: errors(), last, callMsMax }) };
}

/** Its exit; what it has written is waited for a little longer, for a process that it started may hold its pipes. */
async function endOf(child: ChildProcess): Promise<readonly [number | null, NodeJS.Signals | null]> {
  const closed = once(child, "close");
  const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve([code, signal]));
  });
  const end = await ended;
  await Promise.race([closed, sleep(closeMsMax, undefined, { ref: false })]);
  return end;
}

/** The last characters that a stream gave. */
function tailOf(stream: unknown): () => string {
  let kept = "";
  if (stream instanceof Object && "on" in stream && typeof stream.on === "function")
    stream.on("data", (chunk: Buffer) => {
      kept = (kept + chunk.toString("utf8")).slice(-keptCharacters);
    });
  return () => kept;
}

function whyDied(died: {
  readonly how: string;
  readonly errors: string;
  readonly last: string;
  readonly callMsMax: number;
}): string {
  const { inside, isStuck } = insideOf(died.last);
  if (isStuck)
    return `The specification did not come back from ${inside} in time (at most ${died.callMsMax / 1_000} s a call) and was stopped. Mend it, then judge again.`;
  const doing = inside === null ? "" : `, in the specification's ${inside}`;
  if (/heap out of memory|Allocation failed|invalid table size/i.test(died.errors)) {
    const limitMb = Math.round(getHeapStatistics().heap_size_limit / 1_048_576);
    return `Judging ran out of memory: its heap may have ${limitMb} MB${doing}. Give it more and judge again, for example NODE_OPTIONS=--max-old-space-size=${limitMb * 2}.`;
  }
  return `The process that judges ended (${died.how})${doing} before it had a verdict. If the machine has no memory left, free some; then judge again.`;
}

function insideOf(line: string): z.infer<typeof ticks> {
  try {
    return ticks.parse(JSON.parse(line));
  } catch {
    return { inside: null, isStuck: false };
  }
}
