import { glob, readFile } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import type { PipelineDescription, Specification } from "../model/pipeline.ts";

/** The repository's root: paths in descriptions are relative to it. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A path as a command at the repository's root takes it: relative inside the repository, absolute elsewhere. */
export function pathFromRoot(path: string): string {
  const absolute = resolve(path);
  const within = relative(root, absolute);
  return isAbsolute(within) || within.split(sep)[0] === ".." ? absolute : within.split(sep).join("/");
}

/**
 * SHA-256 over the digests of the files (globs allowed) that make a version what it is. Names do not count: a version that is
 * another's copy under a new name is the same binary.
 */
async function sourcesSha256(sources: readonly string[]): Promise<string> {
  const digests: string[] = [];
  for (const path of await expand(sources)) digests.push(sha256(await readFile(join(root, path))));
  if (digests.length === 0)
    throw new RollproofError("file-missing", `None of the sources exists: ${sources.join(", ")}.`, {
      remedy: "Mend `sources` in the pipeline's description.",
    });
  return sha256(...digests.toSorted());
}

async function expand(sources: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const path of glob([...sources], { cwd: root })) if (!/\.(test|fixture)\./.test(path)) found.add(path);
  return [...found].toSorted();
}

/** Version → SHA-256 of its sources. */
export async function versionDigests(
  description: PipelineDescription,
  versions: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const version of versions) {
    const launch = description.versions[version];
    if (launch !== undefined) digests[version] = await sourcesSha256(launch.sources);
  }
  return digests;
}

export interface LoadedSpecification {
  readonly specification: Specification | null;
  readonly sha256: string | null;
}

/** The oracle, loaded by path so that it stays data to the judging half; its hash goes into run.json. */
export async function loadSpecification(path: string | null): Promise<LoadedSpecification> {
  if (path === null) return { specification: null, sha256: null };
  const file = join(root, path);
  const loaded: unknown = await import(pathToFileURL(file).href);
  if (!hasSpecification(loaded))
    throw new RollproofError("file-missing", `${path} does not export \`specification\`.`, {
      remedy: "Export an object {stages} as docs/architecture.md describes.",
    });
  return { specification: loaded.specification, sha256: await sourcesSha256([path]) };
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

/** rollproof's own version, from package.json. */
export async function toolVersion(): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed && typeof parsed.version === "string"
    ? parsed.version
    : "unknown";
}
