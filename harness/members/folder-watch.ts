import { opendirSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { isOwnDirectory } from "../base/own-files.ts";

/** A file below the folder, by its name relative to it. */
export interface Sighting {
  readonly name: string;
  /** `found`: it was there when its folder was first looked at. `moved`: it appeared, went, or was replaced. `changed`: written to. */
  readonly kind: "found" | "moved" | "changed";
}

export interface FolderWatchOptions {
  readonly see: (sighting: Sighting) => void;
  /** Something cannot be watched; told once, and the rest is still watched. */
  readonly blind: (why: string) => void;
}

const limits = { folders: 512, depth: 8, entries: 10_000, perSecond: 20_000 } as const;

/**
 * Tells of every file that comes, goes or changes in a folder and the folders below it. Each folder has a watch of its own,
 * set before the folder is read, so a file is either found or told of; `fs.watch` with `recursive` sets its watches on new
 * folders late. Links are not followed. Keeps no process alive.
 */
export class FolderWatch implements Disposable {
  readonly #root: string;
  readonly #options: FolderWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #isBlind = false;
  #second = { began: 0, told: 0 };
  /** What the system told so far, the finds at the start not among it. */
  told = 0;

  constructor(root: string, options: FolderWatchOptions) {
    this.#root = root;
    this.#options = options;
    this.#enter("");
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #enter(folder: string): void {
    this.#leave(folder);
    if (this.#watchers.size >= limits.folders) return this.#blinded(`there are more than ${limits.folders} folders`);
    const path = join(this.#root, folder);
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => {
        this.told += 1;
        if (this.#isFlooded()) return;
        // Without a name, anything in the folder may have changed.
        if (name === null) this.#read(folder);
        else this.#hear(join(folder, name), event);
      });
      watcher.on("error", (error) => this.#blinded(error.message));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      if (isOwnDirectory(path)) this.#blinded(String(error)); // else it has gone again
      return;
    }
    this.#read(folder);
  }

  /** A flood of changes is not followed: it would hold up the whole harness. */
  #isFlooded(): boolean {
    const now = performance.now();
    if (now - this.#second.began > 1_000) this.#second = { began: now, told: 0 };
    this.#second.told += 1;
    if (this.#second.told <= limits.perSecond) return false;
    this[Symbol.dispose]();
    this.#blinded(`more than ${limits.perSecond} changes came within a second`);
    return true;
  }

  #leave(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #read(folder: string): void {
    try {
      using entries = opendirSync(join(this.#root, folder));
      let count = 0;
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        count += 1;
        if (count > limits.entries) return this.#blinded(`a folder has more than ${limits.entries} entries`);
        const name = join(folder, entry.name);
        if (entry.isDirectory()) this.#meet(name);
        else this.#options.see({ name, kind: "found" });
      }
    } catch {
      // It has gone again; its going is told where it lay.
    }
  }

  /** A folder that is new, or may be. */
  #meet(name: string): void {
    if (name.split("/").length > limits.depth) this.#blinded(`folders lie more than ${limits.depth} deep`);
    else if (!this.#watchers.has(name)) this.#enter(name);
  }

  #hear(name: string, event: "rename" | "change"): void {
    if (event === "change") return this.#options.see({ name, kind: "changed" });
    const isFolder = isOwnDirectory(join(this.#root, name));
    if (!isFolder) this.#leave(name);
    if (isFolder && this.#watchers.has(name))
      this.#enter(name); // another one under the same name, as far as is known
    else if (isFolder) this.#meet(name);
    else this.#options.see({ name, kind: "moved" });
  }

  #blinded(why: string): void {
    if (this.#isBlind) return;
    this.#isBlind = true;
    this.#options.blind(why);
  }
}
