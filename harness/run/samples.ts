import { z } from "zod";
import { RollproofError } from "../base/errors.ts";
import { formatKinds } from "../model/formats.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { fillIn } from "../environment/member/templates.ts";
import { rollOf } from "../preflight/roll.ts";
import { trials, type SampleAnswer, type Trial } from "../preflight/samples.ts";
import { descriptionOf } from "./description-of.ts";
import { launchOf } from "./launch.ts";
import { root } from "./provenance.ts";
import { sampleProcess } from "./samples-process.ts";

/** `trials` null: the pipeline offers no samples, or declares no formats to try. */
export type Tried = { readonly trials: readonly Trial[] | null } | { readonly why: string };

const text = z.string().max(1_000_000);
const sample = z.looseObject({
  kind: z.enum(formatKinds),
  format: text,
  finalised: z.boolean().default(false),
  name: text,
  says: text,
});
type SampleLine = z.output<typeof sample>;
const answer = z.union([z.strictObject({ says: text }), z.strictObject({ refuses: text })]);

/** Lets the programs of both versions encode samples, and decode their own and each other's. Nothing of the run is started. */
export async function trySamples(plan: Plan): Promise<Tried> {
  const description = descriptionOf(plan);
  const { formats, samples } = description;
  if (formats === undefined || samples === undefined) return { trials: null };
  const versions = [...new Set([plan.scenario.from, plan.scenario.to])];
  try {
    const written = await Promise.all(versions.map((version) => said({ plan, description, version }, "write", sample)));
    const all = written.flat();
    // A reader is not told what it is to say.
    const asked = all.map((one) => JSON.stringify({ ...one, says: undefined })).join("\n");
    const read = await Promise.all(
      versions.map((version) => said({ plan, description, version }, "read", answer, `${asked}\n`)),
    );
    const short = versions.find((_, i) => read[i]?.length !== all.length);
    if (short !== undefined) return { why: `${short} did not answer to each of ${all.length} samples with a line` };
    const answers = new Map(versions.map((version, i) => [version, answersOf(all, read[i] ?? [])]));
    const shown = {
      samples: Object.fromEntries(versions.map((version, i) => [version, written[i]])),
      answer: (reader: string, of: SampleLine) => answers.get(reader)?.get(of),
    };
    return { trials: trials(formats, { from: plan.scenario.from, roll: rollOf(plan, plan.scenario), shown }) };
  } catch (error) {
    if (error instanceof Unshown) return { why: error.message };
    throw error;
  }
}

/** What the versions' own programs refuted, a line each. */
export function refutedLines(tried: Tried): readonly string[] {
  if ("why" in tried || tried.trials === null) return [];
  return [...new Set(tried.trials.flatMap(({ kind, refuted }) => (refuted === null ? [] : [`${kind}: ${refuted}`])))];
}

/** Throws `scenario-invalid` for cells that the versions' own programs refuted. */
export function refuseRefuted(plan: Plan, tried: Tried): void {
  const refuted = refutedLines(tried);
  if (refuted.length === 0) return;
  const { from, to, pipeline } = plan.scenario;
  throw new RollproofError(
    "scenario-invalid",
    `${pipeline} cannot be upgraded from ${from} to ${to}: its versions do not do what they declare.\n${refuted.map((line) => `  ${line}.`).join("\n")}`,
    { remedy: "Mend the version named, or its `formats`; docs/writing-a-pipeline.md describes both." },
  );
}

function answersOf(
  samples: readonly SampleLine[],
  read: readonly SampleAnswer[],
): ReadonlyMap<SampleLine, SampleAnswer> {
  return new Map(
    samples.flatMap((of, i) => {
      const one = read[i];
      return one === undefined ? [] : [[of, one]];
    }),
  );
}

interface Asked {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly version: string;
}

/** What the version's program printed, a line each; throws Unshown. */
async function said<T>(
  { plan, description, version }: Asked,
  mode: "write" | "read",
  form: z.ZodType<T>,
  stdin = "",
): Promise<readonly T[]> {
  const { variables } = launchOf({ plan, description, hostFactor: 1, version });
  const argv = [...(description.samples?.argv ?? []).map((part) => fillIn(part, variables)), mode];
  const printed = await sampleProcess(argv, stdin, root);
  if ("why" in printed) throw new Unshown(printed.why);
  const lines = printed.stdout.split("\n").filter((line) => line.trim() !== "");
  if (mode === "write" && lines.length === 0) throw new Unshown(`${argv.join(" ")} printed no sample`);
  return lines.map((line, i) => {
    const read = form.safeParse(parsed(line));
    if (read.success) return read.data;
    throw new Unshown(
      `line ${i + 1} of ${argv.join(" ")} is not of the form that docs/writing-a-pipeline.md describes`,
    );
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Samples that could not be had. */
class Unshown extends Error {}
