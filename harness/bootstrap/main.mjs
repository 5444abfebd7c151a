/**
 * The first thing that runs, on whatever Node the machine has (20 or newer), with nothing installed: makes sure of what the
 * command needs, then hands over to the harness (or to vitest for `--test`) on the right Node.
 */
import { join } from "node:path";
import { ensureArchive } from "./archive.mjs";
import { endCommands } from "./command.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { javaIdentity } from "./java.mjs";
import { ensureKafka } from "./kafka.mjs";
import { launch } from "./launch.mjs";
import { pinned, root } from "./layout.mjs";
import { ensureNode } from "./node.mjs";
import { isPureOnly, runTests } from "./tests.mjs";
import { ensureToxiproxy } from "./toxiproxy.mjs";
import { environmentExit, Trouble } from "./trouble.mjs";

const args = process.argv.slice(2);
const isTest = args[0] === "--test";
const isPrepare = args[0] === "--prepare";
/** Another version of Kafka than the pinned one: what the harness asks for when a scenario names it. */
const isKafka = args[0] === "--kafka";
/** Plants damage in recorded histories; with --record, records them. */
const isPlant = args[0] === "--plant";
/** Only these start brokers; check, report, plan, list, doctor and clean do not. */
const needsCluster =
  isPrepare ||
  (isTest
    ? !isPureOnly(args.slice(1))
    : isPlant
      ? args.includes("--record")
      : args.find((a) => !a.startsWith("-")) === "run");

async function prepare() {
  if (needsCluster) javaIdentity();
  const cluster = () => Promise.all([prepareKafka(pinned.kafka), ensureToxiproxy()]);
  const [node] = await Promise.all([ensureNode(), ensureDependencies(), needsCluster ? cluster() : undefined]);
  return node;
}

async function prepareKafka(version) {
  await ensureKafka(version);
  await ensureArchive(version);
}

async function main() {
  if (isKafka) return await prepareKafka(args[1]);
  const node = await prepare();
  if (isPrepare) process.exitCode = 0;
  else if (isTest) process.exitCode = await runTests(node, args.slice(1));
  else if (isPlant)
    process.exitCode = await launch(node, [join(root, "harness", "plant", "main.ts"), ...args.slice(1)]);
  else process.exitCode = await launch(node, [join(root, "harness", "cli", "main.ts"), ...args]);
}

try {
  await main();
} catch (error) {
  endCommands();
  if (!(error instanceof Trouble)) throw error;
  process.stderr.write(`rollproof: ${error.message}\n  remedy: ${error.remedy}\n`);
  process.exit(environmentExit); // other installs may be under way: their locks and folders are swept by the next setup
}
