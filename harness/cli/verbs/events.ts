import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { exitCodes } from "../../base/errors.ts";
import { readHistory, type History } from "../../history/reader.ts";
import { runLayout } from "../../run/layout.ts";
import type { Arguments } from "../arguments.ts";
import { oneDirectory } from "./check.ts";

/** `events <run dir>`: the events of a recorded history, one JSON a line; what is wrong with its files goes to stderr. */
export async function eventsVerb(args: Arguments): Promise<number> {
  const history = readHistory(runLayout(oneDirectory(args, "events")).history);
  try {
    await pipeline(Readable.from(linesOf(history)), process.stdout, { end: false });
  } catch (error) {
    if (isClosedPipe(error)) return exitCodes.valid; // the reader has seen enough; `main` says so with its exit code
    throw error;
  }
  for (const { file, byte, what } of history.end().problems)
    process.stderr.write(`history file ${file}, byte ${byte}: ${what}\n`);
  return exitCodes.valid;
}

function* linesOf(history: History): Generator<string> {
  for (const item of history.items()) if (item.kind === "event") yield `${visible(JSON.stringify(item.event))}\n`;
}

/** The same JSON without a character that steers a terminal: members' texts are among it. */
function visible(json: string): string {
  return json.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}
