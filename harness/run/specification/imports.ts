import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sha256 } from "../../base/digest.ts";

/** Who imported what in this process, as URLs: by `import` statements, `import()` and `require` alike. */
const imported = new Map<string, Set<string>>();

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (context.parentURL !== undefined) {
      const known = imported.get(context.parentURL) ?? new Set();
      imported.set(context.parentURL, known.add(found.url));
    }
    return found;
  },
});

/** Node's modules that reach what no digest covers: files, other programs, the network. */
const outward = new Set(
  ["fs", "fs/promises", "child_process", "net", "http", "https", "http2", "dgram", "sqlite"].map(
    (name) => `node:${name}`,
  ),
);

/** Which of these a module or its imports have imported so far, those in `node_modules` left out: a package may do more than is used. */
export function outwardImportsOf(file: string): readonly string[] {
  const own = importsOf(file).filter((url) => !url.includes("/node_modules/"));
  const found = new Set(own.flatMap((url) => [...(imported.get(url) ?? [])].filter((next) => outward.has(next))));
  return [...found].toSorted();
}

/** A module and what it imported so far, directly or through others, without Node's own modules; sorted. */
export function importsOf(file: string): readonly string[] {
  const found = new Set([pathToFileURL(file).href]);
  for (const url of found) for (const next of imported.get(url) ?? []) if (!next.startsWith("node:")) found.add(next);
  return [...found].toSorted();
}

/**
 * SHA-256 over the module and all that it imported so far, each with its place: relative to the module, or in `node_modules`. The
 * module's own name does not count.
 */
export function importsSha256(file: string): string {
  const lines = importsOf(file).map((url) => {
    if (!url.startsWith("file:")) return `${url}\n`; // a data: URL is its own content
    const path = fileURLToPath(url);
    return `${placeOf(path, file)} ${sha256(readFileSync(path))}\n`;
  });
  return sha256(...lines.toSorted());
}

function placeOf(path: string, file: string): string {
  if (path === file) return ".";
  const inModules = path.indexOf("node_modules/");
  return inModules < 0 ? relative(dirname(file), path) : path.slice(inModules);
}
