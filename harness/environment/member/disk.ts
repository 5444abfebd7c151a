import { mkdir, open, opendir, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { beginDigest } from "../../base/digest.ts";
import { openRegularHandle, sortOf } from "../../base/own-files.ts";
import { copyLimits, tooDeep, type CopiedFile, type DiskCopy, type LeftOut } from "../../model/disk-copy.ts";

type Limits = { readonly [K in keyof typeof copyLimits]: number };

/** A copy under way. */
interface Copying {
  readonly limits: Limits;
  readonly files: CopiedFile[];
  readonly left: LeftOut[];
  leftCount: number;
  bytes: number;
}

/**
 * Copies the regular files and the folders of a data directory, and says what it left out: links could lead out of the
 * directory, FIFOs and devices could hang the reader, and a copy has bounds.
 */
export async function copyTree(from: string, to: string, limits: Limits = copyLimits): Promise<DiskCopy> {
  const copying: Copying = { limits, files: [], left: [], leftCount: 0, bytes: 0 };
  await copyFolder(copying, { from, to, name: "", depth: 0 });
  const { files, left, leftCount } = copying;
  return { files, left, leftCount };
}

interface Folder {
  readonly from: string;
  readonly to: string;
  /** Relative to the data directory. */
  readonly name: string;
  readonly depth: number;
}

async function copyFolder(copying: Copying, { from, to, name, depth }: Folder): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await entriesOf(copying, from, name)) {
    const inner = { from: join(from, entry.name), to: join(to, entry.name), name: join(name, entry.name) };
    if (entry.isDirectory() && depth < copying.limits.depth) await copyFolder(copying, { ...inner, depth: depth + 1 });
    else if (entry.isDirectory()) leave(copying, inner.name, tooDeep);
    else if (entry.isFile()) await copyRegular(copying, inner);
    else leave(copying, inner.name, sortOf(entry));
  }
}

/** In the order of their names, so that two copies of one disk are equal. */
async function entriesOf(copying: Copying, from: string, name: string) {
  const entries = [];
  for await (const entry of await opendir(from)) {
    if (entries.length === copying.limits.entries) {
      leave(copying, join(name, entry.name), `lies beyond the first ${copying.limits.entries} entries of its folder`);
      break;
    }
    entries.push(entry);
  }
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function copyRegular(copying: Copying, { from, to, name }: Omit<Folder, "depth">): Promise<void> {
  const { limits, files, bytes } = copying;
  if (files.length === limits.files) return leave(copying, name, `lies beyond the first ${limits.files} files`);
  let source: FileHandle | null = null;
  try {
    const opened = await openRegularHandle(from);
    if ("refused" in opened) return leave(copying, name, opened.refused);
    source = opened;
    const stats = await source.stat();
    if (stats.size > limits.fileBytes)
      return leave(copying, name, `has ${stats.size} bytes; at most ${limits.fileBytes} are copied`);
    if (bytes + stats.size > limits.bytes) return leave(copying, name, `lies beyond the first ${limits.bytes} bytes`);
    const copied = await copyBytes(source, to, stats.size);
    files.push({ name, ...copied });
    copying.bytes += copied.bytes;
  } catch (error) {
    if (!isRefusal(error)) throw error; // the copy's own disk is full, say: there is no copy then
    leave(copying, name, `cannot be read (${error.code})`);
  } finally {
    await source?.close();
  }
}

/** At most the `size` that the file had: what is appended meanwhile does not count. */
async function copyBytes(source: FileHandle, to: string, size: number): Promise<Omit<CopiedFile, "name">> {
  await rm(to, { force: true }); // never through a link that lies there
  await using target = await open(to, "wx");
  const digest = beginDigest();
  const chunk = Buffer.allocUnsafe(Math.min(Math.max(size, 1), 1 << 18));
  let bytes = 0;
  while (bytes < size) {
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, size - bytes), bytes);
    if (bytesRead === 0) break;
    const part = chunk.subarray(0, bytesRead);
    digest.add(part);
    await target.writeFile(part);
    bytes += bytesRead;
  }
  return { bytes, sha256: digest.hex() };
}

function leave(copying: Copying, name: string, why: string): void {
  copying.leftCount += 1;
  if (copying.left.length < copying.limits.left) copying.left.push({ name, why });
}

/** The file was replaced by a link, or may not be read, or its name is not UTF-8. */
function isRefusal(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    ["ELOOP", "ENOENT", "EACCES", "EPERM", "ENXIO", "EISDIR"].includes(error.code)
  );
}
