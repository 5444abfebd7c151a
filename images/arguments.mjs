import { Trouble } from "../harness/bootstrap/trouble.mjs";

const usage = "npm run images -- [--kafka VERSION]… [--force]";

/**
 * @param {readonly string[]} args
 * @param {string} pinnedKafka the version that is always built
 * @returns {{ kafka: string[], force: boolean }} each Kafka version once, the pinned one first
 */
export function parseArguments(args, pinnedKafka) {
  const kafka = new Set([pinnedKafka]);
  let force = false;
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = args[i].split(/=(.*)/s, 2);
    if (name === "--kafka") kafka.add(kafkaVersion(inline ?? args[++i]));
    else if (args[i] === "--force") force = true;
    else throw new UsageTrouble(`Unknown argument ${JSON.stringify(args[i])}.`);
  }
  return { kafka: [...kafka], force };
}

function kafkaVersion(text) {
  if (text !== undefined && /^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text)) return text;
  throw new UsageTrouble(`--kafka wants a version such as 3.9.1, not ${JSON.stringify(text ?? "")}.`);
}

/** A mistake on the command line: exit 64. */
export class UsageTrouble extends Trouble {
  constructor(message) {
    super(message, `Usage: ${usage}`);
  }
}
