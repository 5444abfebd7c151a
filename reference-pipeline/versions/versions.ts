import type { Version } from "../core/version.ts";
import { v1 } from "./v1.ts";
import { v2 } from "./v2.ts";

/** Every release, by name. */
export const versions: Readonly<Record<string, Version>> = { v1, v2 };
