import { unknownName } from "../base/did-you-mean.ts";
import type { Path, Problem, SourceText } from "../base/source-text.ts";
import type { Ways } from "../model/way-back.ts";
import { isTooFew, versionTemplate } from "../model/image.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { rollOf } from "../preflight/roll.ts";
import { refusalTexts } from "../preflight/words.ts";
import { brokersOf, featuresOf, unsupported } from "./brokers.ts";
import type { Catalogues } from "./catalogues.ts";
import { faultProblems, type FaultPlace } from "./fault-names.ts";
import type { FaultFile, ScenarioFile } from "./schema.ts";
import { upgradeMisfits, waysOf } from "./upgrade.ts";

/** Of a scenario file, what could be read; undefined or null where it could not. */
export type Readable = {
  readonly [
    K in
      | "pipeline"
      | "from"
      | "to"
      | "mutant"
      | "guarantee"
      | "members"
      | "brokers"
      | "workload"
      | "upgrade"
      | "exercised"
      | "expect"
  ]: ScenarioFile[K] | undefined;
} & {
  readonly images?: ScenarioFile["images"] | undefined;
  readonly gates?: ScenarioFile["gates"] | undefined;
  readonly faults: readonly (FaultFile | null)[];
};

/** Why warm restores can never be counted; null: they can. */
export function noWarmRestores({ name, speaks, checkpoint }: PipelineDescription): string | null {
  if (speaks && checkpoint !== null) return null;
  return `${name} ${speaks ? "has no checkpoints" : "prints no testimony"}, so warm restores cannot be counted: leave them out`;
}

/** Names that no catalogue holds, and numbers that do not fit each other. */
export function nameProblems(file: Readable, catalogues: Catalogues, source: SourceText): readonly Problem[] {
  const at = (path: Path, message: string): Problem => ({ ...source.valueAt(path), message });
  const description = file.pipeline === undefined ? undefined : catalogues.pipelines.get(file.pipeline);
  const unknownPipeline =
    file.pipeline === undefined || description !== undefined
      ? []
      : [at(["pipeline"], unknownName("pipeline", file.pipeline, [...catalogues.pipelines.keys()]))];
  const { upgrade, members, from, to } = file;
  const upgrading = { upgrade, members, from, to, flag: description?.activate?.flag ?? null };
  const ways = waysOf(upgrading);
  const place: FaultPlace = {
    description: description ?? null,
    members: file.members ?? null,
    brokers: file.brokers === undefined ? null : brokersOf(file.brokers).length,
    partitions: file.workload?.partitions ?? null,
    ways,
    rollBackAfter: upgrade?.["roll-back"]?.after,
  };
  return [
    ...unknownPipeline,
    ...(description === undefined ? [] : pipelineProblems(file, description, at)),
    ...formatTexts(file, { description, ways }).map((message) => at(["to"], message)),
    ...featureProblems(file, at),
    ...imagesProblems(file, at),
    ...workloadProblems(file, at),
    ...upgradeMisfits(upgrading).map(({ path, message }) => at(path, message)),
    ...holdProblems(file, at),
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
  const restores = file.exercised?.["warm-restores"] ?? 0;
  const untold = noWarmRestores(description);
  if (untold !== null && (typeof restores === "number" ? restores : restores["at-least"]) > 0)
    problems.push(at(["exercised", "warm-restores"], untold));
  const aged = description.speaks && description.checkpoint !== null;
  for (const level of ["checkpoint-age", "in-flight"] as const)
    if (file.upgrade?.slo?.[level] !== undefined && !aged)
      problems.push(at(["upgrade", "slo", level], `${description.name} tells of no checkpoints: leave ${level} out`));
  return problems;
}

function formatTexts(
  { from, to, members }: Readable,
  { description, ways }: { readonly description: PipelineDescription | undefined; readonly ways: Ways | null },
): readonly string[] {
  if (from === undefined || to === undefined || members === undefined || ways === null) return [];
  return refusalTexts(description?.formats ?? {}, from, rollOf(ways, { to, members }));
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

/** The wait for the gates ends before the workload has been held for so long. */
function holdProblems({ upgrade, gates }: Readable, at: (path: Path, message: string) => Problem): readonly Problem[] {
  const hold = upgrade?.["hold-sources"];
  if (hold === undefined || gates === undefined || hold.after + hold.for <= gates.timeout) return [];
  const told = `after and for are ${hold.after + hold.for} ms together, above gates.timeout, ${gates.timeout} ms`;
  return [at(["upgrade", "hold-sources"], `${told}: lower them, or raise it`)];
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
