import { RollproofError } from "../../base/errors.ts";
import { judgeRun } from "../../check/judge-run.ts";
import { readJudged } from "../../check/report.ts";
import { exitCodeOf } from "../../verdict/exit-code.ts";
import type { Arguments } from "../arguments.ts";
import { report } from "../reporters.ts";
import type { Words } from "../words.ts";

/** `check <run dir>`: judges a recorded history again; needs neither Kafka nor Docker. Exits like `run`. */
export async function checkVerb(args: Arguments, words: Words): Promise<number> {
  const directory = oneDirectory(args, "check");
  const verdict = await judgeRun(directory, { specification: args.specification });
  words.json(verdict);
  await report({ directory, ...readJudged(directory) }, words);
  return exitCodeOf(verdict, { asExpected: args.asExpected });
}

/** `report <run dir>`: renders verdict.json and summary.json again. */
export async function reportVerb(args: Arguments, words: Words): Promise<number> {
  const directory = oneDirectory(args, "report");
  const judged = readJudged(directory);
  words.json(judged.verdict);
  await report({ directory, ...judged }, words);
  return 0;
}

/** The one run directory that a verb takes. */
export function oneDirectory(args: Arguments, verb: string): string {
  const [directory, ...more] = args.positionals;
  if (directory === undefined || more.length > 0)
    throw new RollproofError("usage", `\`${verb}\` takes one run directory.`, {
      remedy: `For example: ${verb} .rollproof/runs/<run id>`,
    });
  return directory;
}
