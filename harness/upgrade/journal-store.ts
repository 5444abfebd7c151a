import { mkdir, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the journal lies: text an epoch, which only grows. Everything is durable once it has resolved. */
export interface JournalStore {
  /** The newest epoch that anybody has claimed; 0: none. */
  newest(): Promise<number>;
  /** Makes the epoch the caller's, at once or not at all; false: another has it. */
  claim(epoch: number): Promise<boolean>;
  read(epoch: number): Promise<string>;
  append(epoch: number, text: string): Promise<void>;
}

const nameOf = (epoch: number): string => `upgrade-${epoch}.ndjson`;

/** `upgrade-<epoch>.ndjson` in a directory, which is made where it is missing. */
export async function directoryStore(directory: string): Promise<JournalStore> {
  await mkdir(directory, { recursive: true });
  return {
    async newest() {
      const epochs = (await readdir(directory)).map((name) => Number(/^upgrade-(\d+)\.ndjson$/u.exec(name)?.[1] ?? 0));
      return Math.max(0, ...epochs);
    },
    async claim(epoch) {
      try {
        await using file = await open(join(directory, nameOf(epoch)), "wx");
        await file.sync();
        await syncDirectory(directory);
        return true;
      } catch (error) {
        if (isThereAlready(error)) return false;
        throw error;
      }
    },
    read: async (epoch) => await readFile(join(directory, nameOf(epoch)), "utf8"),
    async append(epoch, text) {
      await using file = await open(join(directory, nameOf(epoch)), "a");
      await file.appendFile(text);
      await file.sync();
    },
  };
}

/** A file's name is durable only with its directory. */
async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}

function isThereAlready(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}
