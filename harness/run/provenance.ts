import { glob, readFile } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import type { PipelineDescription } from "../model/pipeline.ts";

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
export async function sourcesSha256(sources: readonly string[]): Promise<string> {
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

/** rollproof's own version, from package.json. */
export async function toolVersion(): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed && typeof parsed.version === "string"
    ? parsed.version
    : "unknown";
}
