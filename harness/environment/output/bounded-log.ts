import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

/** Where the beginning of a log is once it has grown beyond one file, and the file before the present one. */
export const firstOf = (path: string): string => `${path}.first`;
export const previousOf = (path: string): string => `${path}.previous`;

/**
 * A log of bounded size: `log`, and once that is full `log.first` with the beginning, `log.previous` and `log` with the end.
 * What lay between is dropped, and each file says so in its first line. Every write is on its way to the disk when it returns.
 */
export class BoundedLog {
  readonly #path: string;
  readonly #fileBytes: number;
  #file: number;
  #size: number;
  #dropped = 0;

  /** Appends to what is there. Throws when it cannot be opened. */
  constructor(path: string, fileBytes: number) {
    this.#path = path;
    this.#fileBytes = fileBytes;
    this.#file = openSync(path, "a");
    this.#size = fstatSync(this.#file).size;
  }

  /** A full disk loses the bytes: it must not end what writes the log. */
  write(bytes: Buffer): void {
    try {
      if (this.#size > 0 && this.#size + bytes.length > this.#fileBytes) this.#turnOver();
      writeSync(this.#file, bytes);
      this.#size += bytes.length;
    } catch {
      // see above
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #turnOver(): void {
    const isFirst = !existsSync(firstOf(this.#path));
    if (!isFirst && existsSync(previousOf(this.#path))) this.#dropped += this.#fileBytes;
    renameSync(this.#path, isFirst ? firstOf(this.#path) : previousOf(this.#path));
    const next = openSync(this.#path, "a");
    closeSync(this.#file);
    this.#file = next;
    const before = isFirst ? "the beginning is in log.first" : "more is in log.previous";
    const gap =
      this.#dropped === 0 ? "" : `; up to ${this.#dropped} bytes between log.first and log.previous are dropped`;
    const note = Buffer.from(`[rollproof: this log is continued: ${before}${gap}]\n`);
    this.#size = writeSync(this.#file, note);
  }
}
