import { printableLines } from "../base/did-you-mean.ts";
import { RollproofError, errorExits, exitCodes } from "../base/errors.ts";

/** Where a verb's words go: results to stdout, the rest to stderr when stdout carries JSON. */
export interface Words {
  /** Where `say` writes. */
  readonly stream: NodeJS.WriteStream;
  say(line: string): void;
  /** The one result of a verb under --json. */
  json(value: unknown): void;
}

export function wordsFor(json: boolean): Words {
  const stream = json ? process.stderr : process.stdout;
  return {
    stream,
    say: (line) => void stream.write(`${line}\n`),
    json: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
  };
}

interface Explained {
  readonly lines: readonly string[];
  readonly exit: number;
}

/**
 * What a thrown value means to the person at the terminal: its words, and the exit code. The words may be a daemon's, a registry's
 * or a member's: nothing in them steers the terminal.
 */
export function explain(error: unknown): Explained {
  const { lines, exit } = explained(error);
  return { lines: lines.map((line) => printableLines(line)), exit };
}

function explained(error: unknown): Explained {
  if (error instanceof RollproofError) {
    const cause = error.cause === undefined ? [] : [`  cause: ${oneLine(error.cause)}`];
    return {
      lines: [`error: ${error.message}`, ...cause, `  what to do: ${error.remedy}`],
      exit: errorExits[error.code],
    };
  }
  if (isFileTrouble(error))
    return {
      lines: [`error: ${error.message}`, "  what to do: Make room on the disk, or mend the rights of the file named."],
      exit: exitCodes.environment,
    };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    lines: [
      "error: rollproof itself failed; this is a defect of ours.",
      ...stack.split("\n").map((line) => `  ${line}`),
    ],
    exit: exitCodes.defect,
  };
}

/** The machine's, not ours: no room, no rights, a file where a folder should be. */
const fileTroubles = new Set(["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS", "EIO", "EMFILE", "ENOTDIR", "EISDIR"]);

function isFileTrouble(error: unknown): error is Error {
  return error instanceof Error && "code" in error && typeof error.code === "string" && fileTroubles.has(error.code);
}

function oneLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split("\n")[0] ?? "";
}
