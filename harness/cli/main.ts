import { RollproofError, exitCodes } from "../base/errors.ts";
import { toolVersion } from "../run/provenance.ts";

import { helpText, parseArguments, type Arguments } from "./arguments.ts";
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

/** Each verb loads what it needs: only `run` needs clients of Kafka and Docker, and they take longer to load than `check` to judge a small run. */
async function carryOut(args: Arguments, words: Words, interrupted: AbortSignal): Promise<number> {
  switch (args.verb) {
    case "run":
      return await (await import("./verbs/run.ts")).runVerb(args, words, interrupted);
    case "plan":
      return await (await import("./verbs/plan.ts")).planVerb(args, words);
    case "check":
      return await (await import("./verbs/check.ts")).checkVerb(args, words);
    case "report":
      return await (await import("./verbs/check.ts")).reportVerb(args, words);
    case "events":
      return await (await import("./verbs/events.ts")).eventsVerb(args);
    case "query":
      return await (await import("./verbs/query.ts")).queryVerb(args);
    case "prove":
      return await (await import("./verbs/prove.ts")).proveVerb(args, words, interrupted);
    case "list":
      return await (await import("./verbs/list.ts")).listVerb(words);
    case "doctor":
      return await (await import("./verbs/doctor.ts")).doctorVerb(words);
    case "clean":
      return await (await import("./verbs/clean.ts")).cleanVerb(args, words, interrupted);
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
