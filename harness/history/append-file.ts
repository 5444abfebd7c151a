import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";

/**
 * An append-only file without a buffer: every append is one write(2) at once, so what was appended survives SIGKILL of
 * this process. A write that fails half way is cut off again, so that the file ends on a whole block.
 */
export interface AppendFile {
  append(bytes: Uint8Array): void;
  sync(): void;
  close(): void;
}

/** `new`: it must not exist yet. */
export function openAppendFile(path: string, existing: "new" | "any"): AppendFile {
  const file = openSync(path, existing === "new" ? "ax" : "a", 0o644);
  let length = 0;
  return {
    append(bytes) {
      let written = 0;
      try {
        while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written);
      } catch (cause) {
        if (written > 0) ftruncateSync(file, length);
        throw cause;
      }
      length += written;
    },
    sync: () => fsyncSync(file),
    close: () => closeSync(file),
  };
}
