import { closeSync, fstatSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { sha256 as digestOf } from "../base/digest.ts";
import { openOwn, type Refused } from "../base/own-files.ts";
import { copyLimits } from "../model/disk-copy.ts";
import type { RecordEvent } from "../model/event.ts";
import { FolderWatch, type Sighting } from "./folder-watch.ts";
import { identityOf, readStanding, type Standing } from "./standing-file.ts";

export interface CaptureOptions {
  readonly member: string;
  /** Whether a file of that name, relative to the data directory, is a checkpoint. */
  readonly isCheckpoint: (name: string) => boolean;
  /** Where a captured file goes. */
  readonly target: (incarnation: number, sha256: string) => string;
  readonly record: RecordEvent;
  readonly limits?: CaptureLimits;
}

type CaptureLimits = { readonly [K in keyof typeof captureLimits]: number };

const captureLimits = {
  /** Of one file. */
  fileBytes: copyLimits.fileBytes,
  /** Of one member, over all its incarnations. */
  bytes: 512 * 1024 * 1024,
  files: 20_000,
  /** Files held open at once. */
  open: 128,
  /** Events of an incarnation that name a checkpoint that was missed. */
  missed: 50,
} as const;

/** The watch over one incarnation. */
interface Watching {
  readonly incarnation: number;
  readonly folder: string;
  watch: FolderWatch | null;
  readonly taking: Set<Promise<void>>;
  /** Inodes that are held open and not yet read. */
  readonly held: Set<bigint>;
  readonly missed: Set<string>;
}

/**
 * Keeps what a living member publishes as checkpoints, since a pipeline may delete one long before its process ends. A file
 * is opened as soon as the system tells of it, so that its content stays within reach though its name goes; it is copied
 * when it has stood still, under its digest. A hard link would be as quick, but would change with a file that is rewritten in
 * place. What was published and gone before it could be opened is recorded as missed.
 *
 * Not seen: a version of a file that is rewritten in place at once; what the kernel dropped because the harness did
 * not read its events for long (HZ1 sees the pause).
 */
export class CheckpointCapture {
  readonly #options: CaptureOptions;
  readonly #limits: CaptureLimits;
  /** What stands at each name, as far as is known: told by inode, size and time. */
  readonly #known = new Map<string, string>();
  readonly #kept = new Set<string>();
  #keptBytes = 0;
  #now: Watching | null = null;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#limits = options.limits ?? captureLimits;
  }

  /** Watches a new incarnation's data directory; null: this machine does not see it. */
  begin(incarnation: number, folder: string | null): void {
    if (folder === null)
      return this.#unwatched(incarnation, "its disk is a volume of a container, which this machine does not see");
    const now: Watching = {
      incarnation,
      folder,
      watch: null,
      taking: new Set(),
      held: new Set(),
      missed: new Set(),
    };
    this.#now = now;
    now.watch = new FolderWatch(folder, {
      see: (sighting) => this.#see(now, sighting),
      blind: (why) => this.#unwatched(incarnation, why),
    });
    this.#options.record({ kind: "checkpoints-watched", member: this.#options.member, incarnation });
  }

  /** After the process has ended and before its disk is copied: what was published is recorded when this resolves. */
  async end(): Promise<void> {
    const now = this.#now;
    if (now === null) return;
    // What the system has told by now is delivered in the next turns of the event loop.
    for (let turns = 0; turns < 3; turns++) await turn();
    now.watch?.[Symbol.dispose]();
    if (now.watch?.told === 0) this.#lookForUntold(now);
    while (now.taking.size > 0) await Promise.all(now.taking);
    this.#now = null;
  }

  #see(now: Watching, { name, kind }: Sighting): void {
    if (!this.#options.isCheckpoint(name)) return;
    const opened = open(now.folder, name);
    if (typeof opened !== "number") return this.#refused(now, { name, kind }, opened);
    const stats = fstatSync(opened, { bigint: true });
    const isKnown = this.#known.get(name) === identityOf(stats) || now.held.has(stats.ino);
    if (isKnown || now.taking.size >= this.#limits.open) {
      closeSync(opened);
      if (!isKnown) this.#miss(now, name, `more than ${this.#limits.open} were published at once`);
      return;
    }
    this.#known.set(name, identityOf(stats));
    now.held.add(stats.ino);
    const taking = this.#take(now, name, opened).finally(() => now.taking.delete(taking));
    now.taking.add(taking);
  }

  #refused(now: Watching, { name, kind }: Sighting, { refused, missing }: Refused): void {
    const wasKnown = this.#known.delete(name);
    if (!missing) {
      this.#known.set(name, refused);
      this.#miss(now, name, `it ${refused}`);
    } else if (!wasKnown && kind === "moved") this.#miss(now, name, "it was gone before it could be opened");
  }

  async #take(now: Watching, name: string, file: number): Promise<void> {
    const { ino } = fstatSync(file, { bigint: true });
    let standing: Standing | null;
    try {
      standing = await readStanding(file, this.#limits.fileBytes);
    } catch (error) {
      return this.#miss(now, name, error instanceof Error ? error.message : String(error));
    } finally {
      now.held.delete(ino);
      closeSync(file);
    }
    if (standing === null) return this.#miss(now, name, "it did not stand still");
    if (this.#known.get(name)?.startsWith(`${ino}/`) === true) this.#known.set(name, standing.identity);
    await this.#keep(now, name, standing.bytes);
  }

  async #keep(now: Watching, name: string, bytes: Uint8Array): Promise<void> {
    const { member, target, record } = this.#options;
    const { incarnation } = now;
    const sha256 = digestOf(bytes);
    if (this.#kept.has(sha256)) return;
    if (this.#keptBytes + bytes.length > this.#limits.bytes)
      return this.#miss(now, name, `those of ${member} take more than ${this.#limits.bytes} bytes`);
    if (this.#kept.size >= this.#limits.files)
      return this.#miss(now, name, `${member} published more than ${this.#limits.files}`);
    this.#kept.add(sha256);
    this.#keptBytes += bytes.length;
    try {
      const path = target(incarnation, sha256);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, bytes, { flag: "wx" });
      await rename(`${path}.new`, path);
      record({ kind: "checkpoint-captured", member, incarnation, name, bytes: bytes.length, sha256 });
    } catch (error) {
      this.#kept.delete(sha256);
      this.#miss(now, name, String(error));
    }
  }

  #miss({ incarnation, missed }: Watching, name: string, why: string): void {
    if (missed.has(name) || missed.size >= this.#limits.missed) return;
    missed.add(name);
    const isLast = missed.size === this.#limits.missed;
    const { member, record } = this.#options;
    record({
      kind: "checkpoint-missed",
      member,
      incarnation,
      name,
      why: isLast ? `${why}; further ones are not named` : why,
    });
  }

  #unwatched(incarnation: number, why: string): void {
    this.#options.record({ kind: "checkpoints-unwatched", member: this.#options.member, incarnation, why });
  }

  /** A system that told of nothing although there is something new, such as a daemon in a virtual machine. */
  #lookForUntold(now: Watching): void {
    let isUntold = false;
    const look = new FolderWatch(now.folder, {
      see: ({ name }) => void (isUntold ||= this.#options.isCheckpoint(name) && !this.#known.has(name)),
      blind: () => undefined,
    });
    look[Symbol.dispose]();
    if (isUntold)
      this.#unwatched(now.incarnation, "the system does not tell of files that change in its data directory");
  }
}

/** Opens what stands there now; once more where it was just replaced. */
function open(folder: string, name: string): number | Refused {
  const opened = openOwn(folder, name);
  const isReplaced = typeof opened !== "number" && !opened.missing && opened.refused.startsWith("cannot be opened");
  return isReplaced ? openOwn(folder, name) : opened;
}
