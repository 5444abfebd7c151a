import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withLock } from "./lock.mjs";
import { find } from "./programs.mjs";
import { step } from "./progress.mjs";

/**
 * Makes sure that `folder` holds what `make` puts into it, in this version. Whatever is missing, changed or of another version
 * is made anew: in a folder beside it, then renamed, so that nobody ever sees a half.
 * @param {{ name: string, program: string, folder: string, version: string, files: (folder: string) => string[], make: (folder: string) => Promise<void> }} tool
 *   `program` is what `make` needs on the PATH; `files` names, below the folder, the files that are checked
 */
export async function ensure(tool) {
  if (isWhole(tool)) return;
  find(tool.program);
  await withLock(`${tool.folder}.lock`, async () => {
    if (isWhole(tool)) return;
    await step(tool.name, () => makeAnew(tool));
  });
}

async function makeAnew({ folder, version, files, make }) {
  sweep(folder);
  const fresh = `${folder}.new-${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    await make(fresh);
    const stamp = {
      version,
      files: files(fresh).map((path) => ({ path, ...facts(join(fresh, path)), sha256: sha256(join(fresh, path)) })),
    };
    writeFileSync(join(fresh, "stamp.json"), `${JSON.stringify(stamp, null, 2)}\n`);
    if (existsSync(folder)) renameSync(folder, `${folder}.old-${process.pid}`);
    renameSync(fresh, folder);
  } finally {
    for (const kind of ["new", "old"]) rmSync(`${folder}.${kind}-${process.pid}`, { recursive: true, force: true });
  }
}

/** Whether every file is as it was made: by size, and by content where its time of change differs. */
function isWhole({ folder, version }) {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, "stamp.json"), "utf8"));
    return stamp.version === version && stamp.files.length > 0 && stamp.files.every((file) => isAsMade(folder, file));
  } catch {
    return false;
  }
}

function isAsMade(folder, { path, size, changedMs, sha256: expected }) {
  const now = facts(join(folder, path));
  return now.size === size && (now.changedMs === changedMs || sha256(join(folder, path)) === expected);
}

function facts(path) {
  const { size, mtimeMs } = statSync(path);
  return { size, changedMs: Math.round(mtimeMs) };
}

function sha256(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Removes what a setup that died half-way left beside the folder. Only one setup at a time comes here. */
function sweep(folder) {
  const parent = dirname(folder);
  for (const name of readdirSync(parent))
    if (/\.(new|old)-\d+$/.test(name) && name.startsWith(`${basename(folder)}.`))
      rmSync(join(parent, name), { recursive: true, force: true });
}
