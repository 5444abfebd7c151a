import { unknownName } from "../base/did-you-mean.ts";
import type { Path, Problem, SourceText } from "../base/source-text.ts";
import { isTooFew, versionTemplate } from "../model/image.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { brokersOf, featuresOf, unsupported } from "./brokers.ts";
import type { Catalogues } from "./catalogues.ts";
import { faultProblems, type FaultPlace } from "./fault-names.ts";
import type { FaultFile, ScenarioFile } from "./schema.ts";

/** Of a scenario file, what could be read; undefined or null where it could not. */
export type Readable = {
  readonly [
    K in
      "pipeline" | "from" | "to" | "mutant" | "guarantee" | "members" | "brokers" | "workload" | "exercised" | "expect"
  ]: ScenarioFile[K] | undefined;
} & {
  readonly images?: ScenarioFile["images"] | undefined;
  readonly faults: readonly (FaultFile | null)[];
};

/** Minima that are counted by what members say of themselves; of the others the logs tell. */
const toldByTestimony: readonly string[] = ["warm-restores", "fencings"] satisfies (keyof ScenarioFile["exercised"])[];

/** Why a minimum can never be met by a pipeline whose members say nothing. */
export function untold(pipeline: string, minimum: string): string {
  return `${pipeline} prints no testimony, so ${minimum} cannot be counted: leave it out, or ask for 0`;
}

/** Names that no catalogue holds, and numbers that do not fit each other. */
export function nameProblems(file: Readable, catalogues: Catalogues, source: SourceText): readonly Problem[] {
  const at = (path: Path, message: string): Problem => ({ ...source.valueAt(path), message });
  const description = file.pipeline === undefined ? undefined : catalogues.pipelines.get(file.pipeline);
  const unknownPipeline =
    file.pipeline === undefined || description !== undefined
      ? []
      : [at(["pipeline"], unknownName("pipeline", file.pipeline, [...catalogues.pipelines.keys()]))];
  const place: FaultPlace = {
    description: description ?? null,
    members: file.members ?? null,
    brokers: file.brokers === undefined ? null : brokersOf(file.brokers).length,
    partitions: file.workload?.partitions ?? null,
  };
  return [
    ...unknownPipeline,
    ...(description === undefined ? [] : pipelineProblems(file, description, at)),
    ...featureProblems(file, at),
    ...imagesProblems(file, at),
    ...workloadProblems(file, at),
    ...expectProblems(file, catalogues, at),
    ...file.faults.flatMap((fault, i) =>
      fault === null ? [] : faultProblems(fault, i, { place, catalogues, source }),
    ),
  ];
}

function pipelineProblems(
  file: Readable,
  description: PipelineDescription,
  at: (path: Path, message: string) => Problem,
): readonly Problem[] {
  const versions = Object.keys(description.versions);
  const problems: Problem[] = [];
  for (const key of ["from", "to"] as const) {
    const version = file[key];
    if (version !== undefined && !versions.includes(version))
      problems.push(at([key], unknownName(`version of ${description.name}`, version, versions)));
  }
  if (typeof file.mutant === "string" && file.mutant !== "none" && !description.mutants.includes(file.mutant))
    problems.push(at(["mutant"], unknownName("mutant", file.mutant, description.mutants)));
  if (file.guarantee === "exactly-once" && description.guarantee === "at-least-once")
    problems.push(at(["guarantee"], `${description.name} promises at-least-once only`));
  for (const [key, minimum] of Object.entries(file.exercised ?? {}))
    if (minimum > 0 && !description.speaks && toldByTestimony.includes(key))
      problems.push(at(["exercised", key], untold(description.name, key)));
  return problems;
}

function featureProblems({ brokers }: Readable, at: (path: Path, message: string) => Problem): readonly Problem[] {
  if (brokers === undefined) return [];
  const misfits = unsupported(featuresOf(brokers), brokersOf(brokers));
  return misfits.map(({ feature, message }) => at(["brokers", "features", feature], message));
}

function imagesProblems(
  { brokers, images }: Readable,
  at: (path: Path, message: string) => Problem,
): readonly Problem[] {
  const image = images?.kafka;
  if (brokers === undefined || image === undefined) return [];
  const versions = brokersOf(brokers).map(({ version }) => version ?? "the usual version");
  if (!isTooFew(image, versions)) return [];
  const told = [...new Set(versions)].join(", ");
  return [at(["images", "kafka"], `one image cannot be brokers of ${told}: let ${versionTemplate} stand in its name`)];
}

function workloadProblems(file: Readable, at: (path: Path, message: string) => Problem): readonly Problem[] {
  if (file.workload === undefined) return [];
  const { duplicates, late } = file.workload;
  const sum = duplicates + late + file.workload["out-of-order"];
  return sum <= 100 ? [] : [at(["workload"], `duplicates, out-of-order and late are ${sum}% in sum; at most 100%`)];
}

function expectProblems(
  file: Readable,
  catalogues: Catalogues,
  at: (path: Path, message: string) => Problem,
): readonly Problem[] {
  if (file.expect === undefined) return [];
  const { verdict, anomalies } = file.expect;
  const strange = anomalies.flatMap((id, i) =>
    catalogues.invariants.includes(id)
      ? []
      : [at(["expect", "anomalies", i], unknownName("invariant", id, catalogues.invariants))],
  );
  const idle = verdict !== "invalid" && anomalies.length > 0;
  return idle
    ? [...strange, at(["expect", "anomalies"], `anomalies can be expected of verdict invalid only`)]
    : strange;
}
