import type { Strategy } from "../core/strategy.ts";
import { mutants, strategyOf } from "../mutants/catalogue.ts";
import { versions } from "../versions/versions.ts";
import { wordsOf } from "./answers.ts";
import { readSettings, SettingsError, type MemberSettings } from "./config.ts";
import { serveControl } from "./control.ts";
import { loadKafkajs } from "./load-kafkajs.ts";
import { logTo, type Log } from "./log.ts";
import { watchLoopDelay } from "./loop-delay.ts";
import { Member } from "./member.ts";
import { Metrics } from "./metrics.ts";
import { Points } from "./points.ts";
import { testifyTo, type Testify } from "./testimony.ts";

const exits = { drained: 0, interrupted: 1, usage: 64, defect: 70 } as const;
const stdout = 1;
const stderr = 2;

/** Runs one member until SIGTERM; every way out has its exit code and, past the start, a line of testimony. */
export function startMemberProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const log = logTo(stderr);
  const testify = testifyTo(stdout);
  const fail = failWith(testify, log);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    const settings = readSettings(argv, environment, Object.keys(versions));
    run(settings, strategyIn(settings), { log, testify, fail }).catch(fail);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    log(error.message);
    process.exit(exits.usage);
  }
}

function strategyIn({ config }: MemberSettings): Strategy {
  const strategy = strategyOf(config.mutant);
  if (strategy === undefined)
    throw new SettingsError(
      `ROLLPROOF_CONFIG: there is no mutant "${config.mutant}". There are: ${mutants.map(({ name }) => name).join(", ")}.`,
    );
  return strategy;
}

interface Voices {
  readonly log: Log;
  readonly testify: Testify;
  readonly fail: (error: unknown) => void;
}

async function run(settings: MemberSettings, strategy: Strategy, voices: Voices): Promise<void> {
  const { testify } = voices;
  const { config } = settings;
  const version = versions[settings.version];
  if (version === undefined) throw new SettingsError(`There is no version ${settings.version}.`);
  const metrics = new Metrics();
  const points = new Points(testify, config.points);
  const kafkajs = loadKafkajs(strategy.keepsKafkajsAbortFilter ? "kafkajs's own" : "exact");
  const member = new Member({ ...voices, settings, version, strategy, kafkajs, points, metrics });
  const { port } = await serveControl(settings.control, {
    health: () => member.health,
    metrics: () => metrics.text(),
    arm: (order) => points.arm(order),
    releasePoints: () => points.releaseAll(),
  });
  testify("listening", null, { port });
  watchLoopDelay(({ maxMs, meanMs }) => {
    metrics.sawLoopDelay(maxMs);
    if (maxMs > config.timings.sessionTimeoutMs / 4) testify("loop-delay", null, { maxMs, meanMs });
  });
  drainOnSigterm(member, config.drainTimeoutMs, voices);
  await member.start();
  testify("started", null, { version: settings.version, mutant: config.mutant });
}

/** The first SIGTERM drains; a second one, or a drain that takes too long, ends the process as it is. */
function drainOnSigterm(member: Member, timeoutMs: number, { testify, log, fail }: Voices): void {
  let isDraining = false;
  process.on("SIGTERM", () => {
    if (isDraining) process.exit(exits.interrupted);
    isDraining = true;
    testify("draining", null, {});
    setTimeout(() => {
      log(`The drain took longer than ${timeoutMs} ms; leaving as it is.`);
      testify("drain-failed", null, { timeoutMs });
      process.exit(exits.interrupted);
    }, timeoutMs);
    member.drain().then(() => {
      testify("drained", null, {});
      process.exit(exits.drained);
    }, fail);
  });
}

function failWith(testify: Testify, log: Log): (error: unknown) => void {
  return (error) => {
    const remedy = error instanceof Error && "remedy" in error ? ` ${String(error.remedy)}` : "";
    log(error instanceof Error ? `${error.stack ?? error.message}${remedy}` : `failed: ${wordsOf(error)}`);
    testify("failed", null, {
      error: error instanceof Error ? `${error.name}: ${error.message}${remedy}` : wordsOf(error),
    });
    process.exit(exits.defect);
  };
}
