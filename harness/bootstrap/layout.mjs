import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** The repository's root. */
export const root = dirname(dirname(here));
export const bootstrapFolder = here;
/** Everything that the bootstrap installs beside node_modules; may be deleted at any time. */
export const toolsFolder = join(root, ".rollproof", "tools");
/** The versions that are installed: also read by harness/environment. */
export const pinned = JSON.parse(readFileSync(join(here, "pinned.json"), "utf8"));
