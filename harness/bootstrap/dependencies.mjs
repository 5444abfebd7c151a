import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./cache.mjs";
import { run } from "./command.mjs";
import { root, toolsFolder } from "./layout.mjs";
import { withLock } from "./lock.mjs";
import { find } from "./programs.mjs";
import { step } from "./progress.mjs";

const lockFile = join(root, "package-lock.json");
const installed = join(root, "node_modules", ".package-lock.json");
const stamp = join(root, "node_modules", ".rollproof-lock-sha256");

/**
 * Makes node_modules what package-lock.json says, from nothing, and only when they differ. Not by `npm ci`: that refuses a lock
 * file which leaves out optional packages of other platforms; `npm install` takes the same versions and checks the same digests.
 */
export async function ensureDependencies() {
  if (isStamped()) return;
  await withLock(join(toolsFolder, "npm-install.lock"), async () => {
    if (isStamped()) return;
    if (!matches()) {
      find("npm"); // before anything is deleted
      rmSync(join(root, "node_modules"), { recursive: true, force: true });
      const argv = ["npm", "install", "--no-save", "--no-audit", "--no-fund"];
      await step("npm dependencies", () => run(argv, { cwd: root, timeoutMs: 8 * 60_000 }));
    }
    writeFileSync(stamp, sha256(lockFile));
  });
}

function isStamped() {
  return existsSync(stamp) && existsSync(installed) && readFileSync(stamp, "utf8") === sha256(lockFile);
}

/** Whether npm's own record of what it installed has every package of the lock file, in the same version. */
function matches() {
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, "utf8")).packages;
  const found = JSON.parse(readFileSync(installed, "utf8")).packages;
  const named = (packages) => Object.entries(packages).filter(([path]) => path !== "");
  return (
    named(wanted).every(([path, { version, optional }]) =>
      found[path] === undefined ? optional === true : found[path].version === version && isThere(path),
    ) && named(found).every(([path]) => wanted[path] !== undefined)
  );
}

function isThere(path) {
  return existsSync(join(root, path, "package.json"));
}
