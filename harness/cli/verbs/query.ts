import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { didYouMean, display, printableLines } from "../../base/did-you-mean.ts";
import { RollproofError, exitCodes } from "../../base/errors.ts";
import { ledgerOf } from "../../check/ledger.ts";
import { ask, type Answer } from "../../query/ask.ts";
import { questions } from "../../query/questions.ts";
import { jsonLines, tableLines } from "../../query/render.ts";
import { tables, views } from "../../query/tables.ts";
import type { Arguments } from "../arguments.ts";

const shownMax = 1_000;

interface Asked {
  readonly sql: string;
  readonly about: string | null;
}

/** `query <run dir> "<SELECT>"`, or `--ask <question> [about]`: asks the ledger of a run, which is built when it is not there. */
export async function queryVerb(args: Arguments): Promise<number> {
  if (args.tables) return await put(tableList());
  const [directory, ...more] = args.positionals;
  if (directory === undefined || (args.ask === null && more.length === 0))
    throw usage("`query` takes a run directory and a question.");
  const { sql, about } = args.ask === null ? written(more) : ready(args.ask, more);
  const { database, path, isNew, holes } = ledgerOf(directory);
  if (isNew) process.stderr.write(`built ${path}\n`);
  for (const hole of holes) process.stderr.write(`not in the ledger: ${printableLines(hole)}\n`);
  const answer: Answer = ask(database, sql, about);
  return await put(args.json ? jsonLines(answer) : tableLines(answer, shownMax));
}

function written(words: readonly string[]): Asked {
  const [sql = "", ...more] = words;
  if (more.length > 0) throw usage("The SELECT is more than one word of the command line.");
  return { sql, about: null };
}

function ready(name: string, words: readonly string[]): Asked {
  const question = questions.find((one) => one.name === name);
  const names = questions.map((one) => one.name);
  if (question === undefined)
    throw usage(`There is no question ${display(name)}.${didYouMean(name, names)}`, `Known: ${names.join(", ")}.`);
  const { about, sql } = question;
  const [said = null, ...more] = words;
  const example = `--ask ${name}${about === null ? "" : ` ${about.example}`}`;
  if (more.length > 0 || (about === null) !== (said === null))
    throw usage(
      about === null ? `--ask ${name} takes nothing besides the run directory.` : `--ask ${name} takes ${about.what}.`,
      `Write for example: query <run dir> ${example}`,
    );
  return { sql, about: said };
}

function* tableList(): Generator<string> {
  for (const { name, what, columns } of tables) {
    yield `${name}: ${what}`;
    for (const column of columns) yield `  ${column.name.padEnd(18)} ${column.type.padEnd(8)} ${column.what}`;
  }
  for (const { name, what } of views) yield `${name}: ${what}`;
  yield "\nQuestions (--ask)";
  for (const { name, what, about } of questions)
    yield `  ${`${name}${about === null ? "" : ` ${about.example}`}`.padEnd(26)} ${what}`;
}

async function put(lines: Iterable<string>): Promise<number> {
  try {
    await pipeline(Readable.from(ended(lines)), process.stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
  return exitCodes.valid;
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function usage(what: string, remedy?: string): RollproofError {
  return new RollproofError("usage", what, {
    remedy: remedy ?? 'Write: query <run dir> "SELECT …", or query <run dir> --ask <question>; --tables lists both.',
  });
}
