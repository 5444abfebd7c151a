import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { root, toolsFolder } from "./layout.mjs";
import { withLock } from "./lock.mjs";
import { find } from "./programs.mjs";
import { step } from "./progress.mjs";

const lockFile = join(root, "package-lock.json");
const installed = join(root, "node_modules", ".package-lock.json");

/**
 * Makes node_modules what package-lock.json says, from nothing, and only when they differ.
 */
export async function ensureDependencies() {
  if (matches()) return;
  await withLock(join(toolsFolder, "npm-install.lock"), async () => {
    if (matches()) return;
    find("npm"); // before anything is deleted
    const argv = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    await step("npm dependencies", () => run(argv, { cwd: root, timeoutMs: 8 * 60_000 }));
  });
}

/**
 * Whether npm's own record of what it installed, which it writes last, has every package of the lock file with the same version
 * and digest, and nothing else. Optional packages are for other platforms.
 */
function matches() {
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(lockFile);
  const found = packagesOf(installed);
  const agrees = ([path, { version, integrity, optional }]) =>
    found[path] === undefined
      ? optional === true
      : found[path].version === version && found[path].integrity === integrity && isThere(path);
  return Object.entries(wanted).every(agrees) && Object.keys(found).every((path) => wanted[path] !== undefined);
}

/** Packages of a lock file by path; the project itself, whose path is empty, left out. */
function packagesOf(path) {
  const { "": _, ...packages } = JSON.parse(readFileSync(path, "utf8")).packages;
  return packages;
}

function isThere(path) {
  return existsSync(join(root, path, "package.json"));
}
