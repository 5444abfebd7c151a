import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root: members' working directory, and where `.rollproof` lies. */
export const repository = resolve(fileURLToPath(new URL("../..", import.meta.url)));
