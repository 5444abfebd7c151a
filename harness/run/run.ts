import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isoText, beginClock, type Clock } from "../base/clock.ts";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { measureHostFactor } from "../base/host-factor.ts";
import { canonicalJson } from "../base/json.ts";
import { openRecorder, type Recorder } from "../history/recorder.ts";
import type { ChosenEnvironment } from "../model/environment.ts";
import type { EventBody } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import { renderPlan } from "../plan/plan-file.ts";
import { execute } from "./execute.ts";
import { descriptionOf } from "./description-of.ts";
import { makeRunDirectory, runIdOf } from "./layout.ts";
import { preflight } from "./preflight.ts";
import { root, toolVersion, versionDigests } from "./provenance.ts";
import { specificationDigest } from "./specification/digest.ts";

export interface RunOptions {
  readonly plan: Plan;
  /** The scenario as the person wrote it, kept beside the plan; null when a plan is run. */
  readonly scenarioText: string | null;
  /** Where run directories go. */
  readonly out: string;
  /** As `placeFor` says. */
  readonly environment: ChosenEnvironment;
  readonly signal: AbortSignal;
  /** Called when the history begins, for progress. */
  readonly watch: (history: Watched) => Disposable;
}

/** A history in the making. */
export interface Watched {
  readonly recorder: Pick<Recorder, "subscribe" | "subscribeFrames">;
  readonly clock: Clock;
}

/** How a run went; whatever it was, its directory holds a history that can be judged. */
export interface Ran {
  readonly directory: string;
  /** What ended it before its end; null: it came to its end. */
  readonly cutShort: RollproofError | null;
}

/**
 * Plan → history. An error of the environment before anything was sent is thrown; from the first send on the history is
 * what counts, and an early end is written into it. A defect of ours is thrown after the history is closed, and so is a
 * history that could not be written any more (`history-unwritable`): what is kept of it can be judged once there is room.
 */
export async function runPlan(options: RunOptions): Promise<Ran> {
  const { plan, environment } = options;
  const description = descriptionOf(plan);
  preflight(plan, environment);
  const clock = beginClock();
  const startedAt = isoText(clock.wallMs());
  const runId = runIdOf(startedAt, randomBytes(4).toString("hex"));
  const layout = await makeRunDirectory(join(options.out, runId));
  const planText = renderPlan(plan);
  await writeFile(layout.plan, planText);
  if (options.scenarioText !== null) await writeFile(layout.scenario, options.scenarioText);
  const { specificationPath } = description;
  const hostFactor = measureHostFactor();
  const info: RunInfo = {
    runId,
    startedAt,
    environment: environment.kind,
    hostFactor,
    versions: {
      tool: await toolVersion(),
      kafka: "not started",
      features: {},
      node: process.versions.node,
      planSha256: sha256(planText),
      specificationSha256: specificationPath === null ? null : await specificationDigest(join(root, specificationPath)),
      pipeline: await versionDigests(description, [plan.scenario.from, plan.scenario.to]),
    },
    specificationPath,
  };
  await writeFile(layout.runInfo, canonicalJson(info));
  const recorder = await openRecorder(layout.history, clock);
  using _ = options.watch({ recorder, clock });
  const begun = watchBegin(recorder);
  const lost = new AbortController();
  const signal = AbortSignal.any([options.signal, recorder.failed, lost.signal]);
  const cutShort = await settle(recorder, signal, async () => {
    await execute({
      ...options,
      signal,
      lost: (why) => lost.abort(why),
      description,
      layout,
      recorder,
      clock,
      info,
      hostFactor,
      standing: async ({ kafka, features }) => {
        const known = { ...info, versions: { ...info.versions, kafka, features } };
        await writeFile(layout.runInfo, canonicalJson(known));
      },
    });
  });
  if (cutShort !== null && !begun() && !options.signal.aborted) throw cutShort;
  return { directory: layout.directory, cutShort };
}

/** Runs the body, says in the history what ended it early, and closes the history. Throws what is not ours to explain. */
export async function settle(
  recorder: Recorder,
  signal: AbortSignal,
  body: () => Promise<void>,
): Promise<RollproofError | null> {
  let cutShort: RollproofError | null = null;
  let defect: unknown = null;
  // At once: taking things down takes a while, and what happens in it is not the pipeline's doing. A run that is called off in its
  // very last moment is called off, too.
  const interrupted = (): void => {
    if (!recorder.failed.aborted) recorder.record({ kind: "interrupted", why: wordsOf(signal.reason) });
  };
  if (signal.aborted) interrupted();
  else signal.addEventListener("abort", interrupted, { once: true });
  try {
    await body();
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : firstOf(error);
    if (cause instanceof RollproofError) cutShort = cause;
    else defect = cause;
    if (!signal.aborted) recorder.record(endedBy(cause));
  } finally {
    signal.removeEventListener("abort", interrupted);
  }
  // A full disk is no defect of ours: close rejects with the RollproofError that `failed` holds.
  await recorder.close();
  if (defect !== null) throw defect;
  return cutShort;
}

/** Early ends that nobody called for: the environment's failures, and our own. */
function endedBy(cause: unknown): EventBody {
  if (cause instanceof RollproofError && cause.code !== "defect") return { kind: "interrupted", why: cause.message };
  return { kind: "defect", what: String(cause), stack: cause instanceof Error ? (cause.stack ?? null) : null };
}

function wordsOf(reason: unknown): string {
  return reason instanceof RollproofError ? reason.message : String(reason);
}

/**
 * Of an error and those that came of taking things down after it, the first: it ended the run. An environment that is gone
 * explains all of them, and says so by `lost`: then the signal has the reason.
 */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

function watchBegin(recorder: Recorder): () => boolean {
  let begun = false;
  recorder.subscribe((event) => {
    if (event.kind === "time-zero") begun = true;
  });
  return () => begun;
}
