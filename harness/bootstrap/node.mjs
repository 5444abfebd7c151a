import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensure } from "./cache.mjs";
import { run } from "./command.mjs";
import { pinned, toolsFolder } from "./layout.mjs";
import { Trouble } from "./trouble.mjs";

const binary = join("node_modules", "node", "bin", "node");

/** The Node to run on: this one when it is new enough, else the pinned one. */
export async function ensureNode() {
  return Number(process.versions.node.split(".")[0]) >= pinned.nodeMinimum ? process.execPath : ensurePinnedNode();
}

/** The path of the pinned Node's binary, which the npm package `node` brings. */
export async function ensurePinnedNode() {
  const folder = join(toolsFolder, "node");
  await ensure({
    name: `Node ${pinned.node} (this one is ${process.version})`,
    program: "npm",
    folder,
    version: pinned.node,
    files: () => [binary],
    make: install,
  });
  return join(folder, binary);
}

async function install(folder) {
  const manifest = {
    private: true,
    dependencies: { node: pinned.node },
    // The package's install script fetches the binary for this machine; newer npm runs it only where it is allowed by name.
    allowScripts: { node: true },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const argv = ["npm", "install", "--ignore-scripts=false", "--no-audit", "--no-fund"];
  await run(argv, { cwd: folder, timeoutMs: 8 * 60_000 });
  const version = await run([join(folder, binary), "--version"], { timeoutMs: 30_000 }).catch(() => "none");
  if (version.trim() === `v${pinned.node}`) return;
  throw new Trouble(
    `npm installed the package node@${pinned.node}, but not its binary.`,
    `Install Node ${pinned.nodeMinimum} or newer yourself and put it first on the PATH.`,
  );
}
