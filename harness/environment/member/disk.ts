import { copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Copies regular files and folders, nothing else: a link could lead out of the member's own folder. */
export async function copyTree(from: string, to: string): Promise<{ readonly files: number; readonly bytes: number }> {
  await mkdir(to, { recursive: true });
  let files = 0;
  let bytes = 0;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      const inner = await copyTree(source, target);
      files += inner.files;
      bytes += inner.bytes;
    } else if (entry.isFile()) {
      await copyFile(source, target);
      files += 1;
      bytes += (await stat(target)).size;
    }
  }
  return { files, bytes };
}
