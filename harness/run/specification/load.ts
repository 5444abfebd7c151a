import { pathToFileURL } from "node:url";
import { RollproofError } from "../../base/errors.ts";
import type { Specification } from "../../model/pipeline.ts";
import { importsOf, importsSha256, outwardImportsOf } from "./imports.ts";

export interface LoadedSpecification {
  readonly specification: Specification;
  readonly sha256: string;
  /** Modules that it has loaded since it was imported: the digest does not cover them. */
  readonly lateImports: () => readonly string[];
}

/**
 * Imports the oracle from an absolute path. Its digest covers what it imports, as far as this process had not loaded that before
 * imports.ts was: to be called in a process of its own. Throws `specification-invalid`.
 */
export async function loadSpecification(file: string): Promise<LoadedSpecification> {
  const loaded = await imported(file);
  if (!hasSpecification(loaded))
    throw new RollproofError("specification-invalid", `${file} does not export \`specification\`.`, {
      remedy: "Export an object {stages} as docs/writing-a-pipeline.md describes.",
    });
  const outward = outwardImportsOf(file);
  if (outward.length > 0)
    throw new RollproofError(
      "specification-invalid",
      `The specification ${file} imports ${outward.join(", ")}: its digest cannot cover what it reads that way.`,
      { remedy: 'Import data as modules, such as `import data from "./data.json" with { type: "json" }`.' },
    );
  const covered = new Set(importsOf(file));
  return {
    specification: loaded.specification,
    sha256: importsSha256(file),
    lateImports: () => [...importsOf(file).filter((url) => !covered.has(url)), ...outwardImportsOf(file)],
  };
}

async function imported(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new RollproofError("specification-invalid", `The specification ${file} cannot be imported.`, {
      remedy: "Mend what the cause names, or check that the path is right.",
      cause,
    });
  }
}

function hasSpecification(loaded: unknown): loaded is { readonly specification: Specification } {
  return (
    typeof loaded === "object" &&
    loaded !== null &&
    "specification" in loaded &&
    typeof loaded.specification === "object" &&
    loaded.specification !== null &&
    "stages" in loaded.specification
  );
}
