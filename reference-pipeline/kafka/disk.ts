import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { decodeStore, encodePut } from "./store-format.ts";

/**
 * One task's directory (docs/reference-pipeline.md): `store`, `checkpoints/<n>`, `CLEAN`. Every call is synchronous, so no
 * other job of the process sees half of one; a file is replaced as a whole (temp, fsync, rename, fsync of the directory).
 */
export class TaskDisk implements Disposable {
  readonly #directory: string;
  readonly #checkpoints: string;
  #store: number | null = null;

  constructor(directory: string) {
    this.#directory = directory;
    this.#checkpoints = join(directory, "checkpoints");
    mkdirSync(this.#checkpoints, { recursive: true });
  }

  /** The store's entries; what follows a torn write is not read. */
  loadStore(): ReadonlyMap<string, Uint8Array> {
    const bytes = readIfThere(join(this.#directory, "store"));
    return bytes === null ? new Map() : decodeStore(bytes).entries;
  }

  /** Appends one change (null: the key is removed). */
  putStore(key: string, value: Uint8Array | null): void {
    this.#store ??= openSync(join(this.#directory, "store"), "a");
    // All of it or an error: writeSync may leave off in the middle, where the disk is full.
    writeFileSync(this.#store, encodePut(key, value));
  }

  /** The store is now exactly these entries. */
  replaceStore(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#closeStore();
    const puts = [...entries].map(([key, value]) => encodePut(key, value));
    replaceFile(this.#directory, "store", Buffer.concat(puts));
  }

  readClean(): string | null {
    return readIfThere(join(this.#directory, "CLEAN"))?.toString("utf8") ?? null;
  }

  writeClean(content: string): void {
    replaceFile(this.#directory, "CLEAN", Buffer.from(content, "utf8"));
  }

  removeClean(): void {
    rmSync(join(this.#directory, "CLEAN"), { force: true });
    syncDirectory(this.#directory);
  }

  /** Numbers of the checkpoint files, ascending. */
  listCheckpoints(): readonly number[] {
    return readdirSync(this.#checkpoints)
      .filter((name) => /^\d{1,15}$/u.test(name))
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  loadCheckpoint(n: number): Uint8Array | null {
    return readIfThere(join(this.#checkpoints, String(n)));
  }

  /** Writes and syncs what `publishCheckpoint` makes a checkpoint. */
  writeCheckpoint(n: number, bytes: Uint8Array): void {
    writeSynced(join(this.#checkpoints, `${n}.tmp`), bytes);
  }

  publishCheckpoint(n: number): void {
    renameSync(join(this.#checkpoints, `${n}.tmp`), join(this.#checkpoints, String(n)));
    syncDirectory(this.#checkpoints);
  }

  /** Straight to where a checkpoint is looked for: a kill leaves half of it there. */
  writeCheckpointInPlace(n: number, bytes: Uint8Array): void {
    writeFileSync(join(this.#checkpoints, String(n)), bytes);
  }

  deleteCheckpoint(n: number): void {
    rmSync(join(this.#checkpoints, String(n)), { force: true });
  }

  #closeStore(): void {
    if (this.#store !== null) closeSync(this.#store);
    this.#store = null;
  }

  [Symbol.dispose](): void {
    this.#closeStore();
  }
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function replaceFile(directory: string, name: string, bytes: Uint8Array): void {
  const temporary = join(directory, `${name}.tmp`);
  writeSynced(temporary, bytes);
  renameSync(temporary, join(directory, name));
  syncDirectory(directory);
}

function writeSynced(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w");
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename or a removal durable. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
