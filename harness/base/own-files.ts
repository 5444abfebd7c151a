import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { RollproofError } from "./errors.ts";

/**
 * Files below a run directory. The directory may come from anybody, so nothing in it is trusted to be what its name says: a
 * link could lead to any file of this machine, and opening a FIFO or a device could block for ever.
 */

/** Why a file was not read; `what` completes "<path> …". */
export interface Refused {
  readonly refused: string;
  readonly missing: boolean;
}

/** The bytes of a regular file of at most `bytesMax`. A link is refused at any step below the directory, never followed. */
export function readOwn(directory: string, name: string, bytesMax: number): Uint8Array | Refused {
  const odd = linkOnTheWay(directory, name);
  if (odd !== null) return { refused: odd, missing: false };
  return readPlain(join(directory, name), { bytesMax, links: "refuse" });
}

/** Opens such a file, for who has to hold on to it before it goes; the caller closes the number. */
export function openOwn(directory: string, name: string): number | Refused {
  const path = join(directory, name);
  const odd = linkOnTheWay(directory, name) ?? oddTarget(path); // a device may act on being opened
  if (odd !== null) return { refused: odd, missing: false };
  return openRegular(path);
}

/** Never through a link, never waiting for the other end of a FIFO (fifo(7)). */
const regularOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a regular file, nothing else; the caller closes the number. */
export function openRegular(path: string): number | Refused {
  return openProven(path, regularOnly);
}

/** The same as a handle. Throws what the file system says where it cannot be opened at all. */
export async function openRegularHandle(path: string): Promise<FileHandle | Refused> {
  const handle = await open(path, regularOnly);
  const found = await handle.stat();
  if (found.isFile()) return handle;
  await handle.close();
  return { refused: sortOf(found), missing: false };
}

/** `readOwn` for a path that a person named: links are theirs to follow; what they lead to must be a regular file. */
export function readNamed(path: string, bytesMax: number): Uint8Array | Refused {
  return readPlain(path, { bytesMax, links: "follow" });
}

/**
 * Puts the content in place of the file at once: a reader sees the old one or the new one, whole. Throws `file-refused` where a
 * link or something that is no regular file is in the way, and what the file system says otherwise.
 */
export async function replaceOwn(directory: string, name: string, content: string | Uint8Array): Promise<void> {
  const target = join(directory, name);
  const odd = linkOnTheWay(directory, name) ?? oddTarget(target);
  if (odd !== null) throw fileRefused(target, odd);
  const fresh = `${target}.${process.pid}.new`;
  await mkdir(dirname(target), { recursive: true });
  try {
    writeFileSync(fresh, content, { flag: "wx" });
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** A directory itself, not a link to one. */
export function isOwnDirectory(path: string): boolean {
  return statOrNull(path)?.isDirectory() === true;
}

/** What has this name, a link itself: completes "<path> …"; null: nothing. */
export function sortAt(path: string): string | null {
  const found = statOrNull(path);
  return found === null ? null : sortOf(found);
}

/** Removes a file, or a link itself. Throws `file-refused` for a directory, which is nothing of ours. */
export function removeOwn(path: string): void {
  if (isOwnDirectory(path)) throw fileRefused(path, "is a directory");
  rmSync(path, { force: true });
}

export function isLink(path: string): boolean {
  return statOrNull(path)?.isSymbolicLink() === true;
}

/** `why` completes "<path> …". */
export function fileRefused(path: string, why: string): RollproofError {
  return new RollproofError("file-refused", `${path} ${why}.`, {
    remedy: "Remove it, or put the file itself in its place: rollproof follows no links inside a run directory.",
  });
}

function readPlain(
  path: string,
  { bytesMax, links }: { readonly bytesMax: number; readonly links: "refuse" | "follow" },
): Uint8Array | Refused {
  const file = openProven(path, links === "refuse" ? regularOnly : regularOnly & ~constants.O_NOFOLLOW);
  if (typeof file !== "number") return file;
  try {
    const { size } = fstatSync(file);
    if (size > bytesMax) return { refused: `has ${size} bytes; at most ${bytesMax} are read`, missing: false };
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function openProven(path: string, flags: number): number | Refused {
  let file: number;
  try {
    file = openSync(path, flags);
  } catch (error) {
    return refusal(path, error);
  }
  const found = fstatSync(file);
  if (found.isFile()) return file;
  closeSync(file);
  return { refused: sortOf(found), missing: false };
}

function refusal(path: string, error: unknown): Refused {
  const found = statOrNull(path);
  if (found === null) return { refused: "does not exist", missing: true };
  if (!found.isFile()) return { refused: sortOf(found), missing: false };
  return { refused: `cannot be opened: ${error instanceof Error ? error.message : String(error)}`, missing: false };
}

/** What an entry of a folder is: completes "<path> …". */
export function sortOf(found: Pick<Stats, SortTest>): string {
  if (found.isSymbolicLink()) return "is a symbolic link";
  if (found.isDirectory()) return "is a directory";
  if (found.isFIFO()) return "is a FIFO";
  if (found.isSocket()) return "is a socket";
  return found.isFile() ? "is a regular file" : "is a device";
}

type SortTest = "isFile" | "isSymbolicLink" | "isDirectory" | "isFIFO" | "isSocket";

/** What is wrong with the folders between the directory and the file; null: none of them is a link. */
function linkOnTheWay(directory: string, name: string): string | null {
  const steps = name.split(sep).slice(0, -1);
  let path = directory;
  for (const step of steps) {
    path = join(path, step);
    if (isLink(path)) return `is reached through the symbolic link ${path}`;
  }
  return null;
}

function oddTarget(path: string): string | null {
  const found = statOrNull(path);
  return found === null || found.isFile() ? null : sortOf(found);
}

function statOrNull(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}
