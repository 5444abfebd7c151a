/** A thread that carries out jobs; each history is read once. */
import { parentPort } from "node:worker_threads";
import { tried } from "./carry-out.ts";
import type { Job, Said } from "./jobs.ts";

parentPort?.on("message", (job: Job) => {
  tried(job)
    .then((trials): Said => ({ job, trials }))
    .catch((error: unknown): Said => ({
      failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }))
    .then((said) => parentPort?.postMessage(said, []))
    .catch(() => process.exit(1));
});
