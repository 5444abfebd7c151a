import { join } from "node:path";
import { repository } from "../repository.ts";

/**
 * Where members that Node runs keep what it has compiled (NODE_COMPILE_CACHE: types stripped too; files appear by renaming, so
 * members may share it), from run to run: loading the reference pipeline costs a third less processor time. The harness's own
 * cache is another, so that it loads nothing that a member wrote.
 */
export const compileCache = join(repository, ".rollproof", "compile-cache", "members");
