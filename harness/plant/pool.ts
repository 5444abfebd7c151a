import { Worker } from "node:worker_threads";
import type { Job, Said } from "./jobs.ts";
import type { Trial } from "./trial.ts";

export interface PoolOptions {
  readonly jobs: readonly Job[];
  readonly workers: number;
  readonly done: (job: Job, trials: readonly Trial[]) => void;
}

/** Carries out the jobs in threads, each taking the next one when it is free. Rejects when a job cannot be done. */
export async function carryOut({ jobs, workers, done }: PoolOptions): Promise<void> {
  const queue = jobs.values();
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, () => work(queue, done)));
}

async function work(queue: IterableIterator<Job>, done: PoolOptions["done"]): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  try {
    for (const job of queue) {
      const said = await ask(worker, job);
      if ("failed" in said) throw new Error(`${job.kind} in ${job.history}: ${said.failed}`);
      done(said.job, said.trials);
    }
  } finally {
    await worker.terminate();
  }
}

function ask(worker: Worker, job: Job): Promise<Said> {
  return new Promise((resolve, reject) => {
    const answered = (said: Said): void => {
      worker.off("error", reject);
      resolve(said);
    };
    worker.once("error", reject);
    worker.once("message", answered);
    worker.postMessage(job, []);
  });
}
