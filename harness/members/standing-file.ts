import { fstatSync, read, type BigIntStats } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** The content of a file that nobody was writing to. */
export interface Standing {
  readonly bytes: Uint8Array;
  readonly identity: string;
}

/** A file is read when it has not changed for so long: it may be written in its place. */
const quietMs = 30;
const attemptsMax = 100;

const readAt = promisify(read);

/** Reads an open file once it stands still; null: it does not. Throws where it is larger than `bytesMax` or cannot be read. */
export async function readStanding(file: number, bytesMax: number): Promise<Standing | null> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const before = fstatSync(file, { bigint: true });
    await sleep(quietMs);
    const bytes = await readWhole(file, Number(before.size), bytesMax);
    const identity = identityOf(fstatSync(file, { bigint: true }));
    if (identity === identityOf(before)) return { bytes, identity };
  }
  return null;
}

/** Changes with the file that stands at a name, and with its content. */
export function identityOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}/${size}/${mtimeNs}`;
}

async function readWhole(file: number, size: number, bytesMax: number): Promise<Uint8Array> {
  if (size > bytesMax) throw new Error(`it has ${size} bytes; at most ${bytesMax} are kept`);
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await readAt(file, bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
