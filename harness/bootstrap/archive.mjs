import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { checkJavaVersion, javaIdentity } from "./java.mjs";
import { kafkaFolder, logOption } from "./kafka.mjs";
import { pinned } from "./layout.mjs";
import { withLock } from "./lock.mjs";
import { say, step } from "./progress.mjs";

const startMs = 60_000;
const dumpMs = 60_000;

/**
 * A class-data archive (JDK 13 and later, JEP 350) of what a broker loads, which saves about a third of its start. It holds for one Java and
 * one class path, so it is made here, once, by a broker that starts, serves nobody and ends. Without it brokers start too.
 * @param {string} kafka the version, installed
 */
export async function ensureArchive(kafka) {
  const java = javaIdentity();
  if (isFor(java, kafka)) return;
  await withLock(`${archiveOf(kafka)}.lock`, async () => {
    if (isFor(java, kafka)) return;
    await checkJavaVersion();
    await step(`class-data archive for brokers of Kafka ${kafka}`, () => make(java, kafka));
  });
}

function archiveOf(kafka) {
  return join(kafkaFolder(kafka), "classes.jsa");
}

function stampOf(kafka) {
  return join(kafkaFolder(kafka), "classes.json");
}

function isFor(java, kafka) {
  try {
    const made = JSON.parse(readFileSync(stampOf(kafka), "utf8"));
    return (
      made.java === java &&
      made.of === kafkaFolder(kafka) &&
      (made.size === null || statSync(archiveOf(kafka)).size === made.size)
    );
  } catch {
    return false;
  }
}

async function make(java, kafka) {
  const folder = `${kafkaFolder(kafka)}.training-${process.pid}`;
  const fresh = join(folder, "classes.jsa");
  let size = null;
  rmSync(archiveOf(kafka), { force: true });
  try {
    mkdirSync(join(folder, "data"), { recursive: true });
    await train(folder, fresh, kafka);
    size = statSync(fresh).size;
    renameSync(fresh, archiveOf(kafka));
  } catch (error) {
    say(`no class-data archive (${error.message}); brokers will start without it, more slowly`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(stampOf(kafka), `${JSON.stringify({ java, of: kafkaFolder(kafka), size })}\n`);
}

/** Starts one broker and ends it in order: the JVM writes the archive at its exit. */
async function train(folder, target, kafka) {
  const config = join(folder, "server.properties");
  writeFileSync(config, await settings(join(folder, "data")));
  const id = () => randomBytes(16).toString("base64url").replace(/^-/, "A");
  writeFileSync(
    join(folder, "data", "meta.properties"),
    `version=1\ncluster.id=${id()}\nnode.id=1\ndirectory.id=${id()}\n`,
  );
  const flags = [...pinned.jvmFlags, logOption(kafka), `-XX:ArchiveClassesAtExit=${target}`];
  const broker = spawn("java", [...flags, "kafka.Kafka", config], {
    env: { ...process.env, CLASSPATH: classPath(kafka) },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => broker.once("close", resolve));
  const late = setTimeout(() => broker.kill("SIGKILL"), startMs + dumpMs);
  process.once("exit", () => broker.kill("SIGKILL"));
  let words = "";
  broker.once("error", () => undefined);
  broker.stdout.setEncoding("utf8").on("data", (text) => {
    words += text;
    if (words.includes("Kafka Server started")) broker.kill("SIGTERM");
  });
  await ended;
  clearTimeout(late);
  if (!existsSync(target)) throw new Error("the training broker wrote none");
}

/** The jars in the order that harness/environment gives them: the archive is refused for any other class path. */
function classPath(kafka) {
  const libs = join(kafkaFolder(kafka), "libs");
  const jars = readdirSync(libs).filter((name) => name.endsWith(".jar"));
  return jars
    .toSorted()
    .map((name) => join(libs, name))
    .join(":");
}

async function settings(data) {
  const [controller, broker] = await freePorts(2);
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    "controller.listener.names=CONTROLLER",
    `listeners=CONTROLLER://127.0.0.1:${controller},PLAINTEXT://127.0.0.1:${broker}`,
    `log.dirs=${data}`,
    "",
  ].join("\n");
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
