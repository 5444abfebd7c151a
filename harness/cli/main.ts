import { RollproofError, exitCodes } from "../base/errors.ts";
import { toolVersion } from "../run/provenance.ts";

import { helpText, parseArguments, type Arguments } from "./arguments.ts";
import { checkVerb, reportVerb } from "./verbs/check.ts";
import { cleanVerb } from "./verbs/clean.ts";
import { doctorVerb } from "./verbs/doctor.ts";
import { eventsVerb } from "./verbs/events.ts";
import { listVerb } from "./verbs/list.ts";
import { planVerb } from "./verbs/plan.ts";
import { runVerb } from "./verbs/run.ts";
import { watchOutput, type Output } from "./output.ts";
import { explain, wordsFor, type Words } from "./words.ts";

/** The command line: arguments in, words and an exit code out. */
async function main(argv: readonly string[], output: Output): Promise<number> {
  try {
    const args = parseArguments(argv);
    return await carryOut(args, wordsFor(args.json), AbortSignal.any([interruptSignal(), output.closed]));
  } catch (error) {
    const { lines, exit } = explain(error);
    for (const line of lines) process.stderr.write(`${line}\n`);
    return exit;
  }
}

async function carryOut(args: Arguments, words: Words, interrupted: AbortSignal): Promise<number> {
  switch (args.verb) {
    case "run":
      return await runVerb(args, words, interrupted);
    case "plan":
      return await planVerb(args, words);
    case "check":
      return await checkVerb(args, words);
    case "report":
      return await reportVerb(args, words);
    case "events":
      return await eventsVerb(args);
    case "list":
      return await listVerb(words);
    case "doctor":
      return await doctorVerb(words);
    case "clean":
      return await cleanVerb(args, words, interrupted);
    case "help":
      words.say(helpText.trimEnd());
      return exitCodes.valid;
    case "version":
      words.say(await toolVersion());
      return exitCodes.valid;
    default:
      return args.verb satisfies never;
  }
}

/** The first SIGINT or SIGTERM ends the run in order; a second one ends the process: supervisor or reaper clean up. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      process.stderr.write(`\n${name}: healing, stopping and writing what is known; again to end at once\n`);
      controller.abort(
        new RollproofError("interrupted", `Interrupted by ${name}.`, { remedy: "Run it again to the end." }),
      );
    });
  return controller.signal;
}

const output = watchOutput([process.stdout, process.stderr]);
const exit = await main(process.argv.slice(2), output);
// A pipe takes over as much as it has room for: the rest must not be lost with the process.
await output.flush();
// The exit is explicit: a socket that a client library forgot must not keep a finished run alive.
process.exit(output.closed.aborted ? exitCodes.outputClosed : exit);
