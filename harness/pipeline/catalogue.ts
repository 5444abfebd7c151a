import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { RollproofError } from "../base/errors.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { parsePipeline, type Generators } from "./parse.ts";
import { payments } from "./payments.ts";
import { reference } from "./reference.ts";

const generators: Generators = new Map([["payments", payments]]);
const root = fileURLToPath(new URL("../../", import.meta.url));
const bytesMax = 262_144;

export interface PipelineCatalogue {
  /**
   * By the name that a scenario's `pipeline` gives: the built-in one, and a folder of `pipelines/` each. Asked for a broken
   * one, it throws what is wrong with it.
   */
  readonly pipelines: ReadonlyMap<string, PipelineDescription>;
  /** Those that cannot be used, by name, and why. */
  readonly broken: ReadonlyMap<string, RollproofError>;
}

/** The pipelines that there are. */
export const { pipelines, broken: brokenPipelines } = catalogueOf(root);

export function catalogueOf(directory: string): PipelineCatalogue {
  const sound = new Map([[reference.name, reference]]);
  const broken = new Map<string, RollproofError>();
  for (const name of foldersIn(join(directory, "pipelines"))) {
    const read = described(directory, name);
    if (read instanceof RollproofError) broken.set(name, read);
    else sound.set(name, read);
  }
  const get = sound.get.bind(sound);
  const pipelines = Object.assign(sound, {
    get(name: string) {
      const why = broken.get(name);
      if (why !== undefined) throw why;
      return get(name);
    },
  });
  return { pipelines, broken };
}

function foldersIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, "pipeline.yaml")))
    .map(({ name }) => name)
    .toSorted();
}

function described(directory: string, name: string): PipelineDescription | RollproofError {
  const folder = `pipelines/${name}`;
  const file = join(directory, folder, "pipeline.yaml");
  try {
    if (name === reference.name || !/^[a-z0-9][a-z0-9-]{0,60}$/.test(name))
      return unusable(folder, "Its name is taken, or not one of small letters, digits and `-`.");
    if (statSync(file).size > bytesMax) return unusable(folder, `Its pipeline.yaml is larger than ${bytesMax} bytes.`);
    const description = parsePipeline(readFileSync(file, "utf8"), { name, folder, generators });
    const { specificationPath } = description;
    if (specificationPath !== null && !liesIn(join(directory, specificationPath), join(directory, folder)))
      return unusable(folder, `${specificationPath} is not there, or a link that leads out of the folder.`);
    return description;
  } catch (error) {
    return error instanceof RollproofError ? error : unusable(folder, String(error));
  }
}

/** Once every link is followed: the specification is code that will be loaded. */
function liesIn(path: string, folder: string): boolean {
  return existsSync(path) && realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`);
}

function unusable(folder: string, why: string): RollproofError {
  return new RollproofError("scenario-invalid", `The pipeline in ${folder} cannot be used. ${why}`, {
    remedy: "Mend it, or take the folder away; docs/writing-a-pipeline.md says what it has to hold.",
  });
}
