import { open } from "node:fs/promises";
import { printableLines } from "../../base/did-you-mean.ts";
import { firstOf, previousOf } from "./bounded-log.ts";

/** Of a log no more is read; it may be larger than memory. */
const tailBytes = 8 * 1024;
const tailCharacters = 2_000;

/** The last lines of a log file, at most 2000 characters and fit for a terminal; says so when there is none. */
export async function logTail(path: string): Promise<string> {
  const last = await lastBytes(path).catch(() => "");
  const before = last.length < tailCharacters ? await olderBytes(path) : "";
  const text = before + last;
  if (text.trim() === "") return "(the log is empty)";
  const kept = text.trimEnd();
  const end = kept.slice(-tailCharacters);
  // From the start of a line, unless one line is all there is.
  return printableLines(end.length < kept.length && end.includes("\n") ? end.slice(end.indexOf("\n") + 1) : end);
}

async function lastBytes(path: string): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const position = Math.max(0, size - tailBytes);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(tailBytes), position });
  return buffer.toString("utf8", 0, bytesRead);
}

/** The end of the file before, of a log that has just been continued. */
async function olderBytes(path: string): Promise<string> {
  return await lastBytes(previousOf(path)).catch(() => lastBytes(firstOf(path)).catch(() => ""));
}
