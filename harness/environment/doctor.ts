import { sentence } from "../base/sentence.ts";
import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { freemem } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { RollproofError } from "../base/errors.ts";
import pinned from "../bootstrap/pinned.json" with { type: "json" };
import { pinnedBrokers } from "./cluster/broker-versions.ts";
import { freePorts } from "./cluster/ports.ts";
import { portsNeeded } from "./cluster/layout.ts";
import { findDaemon } from "./docker/daemon/daemon.ts";
import { connectEngine } from "./docker/daemon/engine.ts";
import { imagesOf } from "./docker/images/images.ts";
import { hasImage, imageRemedy } from "./docker/images/obtain-image.ts";
import { classDataArchive, kafkaClassPath, toxiproxyServer } from "./process/tools.ts";
import { repository } from "./repository.ts";

/** One thing that runs need. `found` is null where it is missing; `remedy` says what to do when `ok` is false. */
export interface Diagnosis {
  readonly tool: string;
  readonly needed: string;
  readonly found: string | null;
  readonly ok: boolean;
  readonly remedy: string;
}

const answerMs = 10_000;
const diskMb = 3_000;
const memoryMb = 2_500;
const unusableRemedy = "DEBUG=testcontainers says why; set DOCKER_HOST to a daemon that it takes, or use processes.";
const prepare = "Run `npm start`, or `node harness/bootstrap/main.mjs --prepare` alone: it installs this.";

/** Looks at everything that a run needs; changes nothing. `members`: images that pipelines name for their members. */
export async function diagnose(members: readonly string[]): Promise<readonly Diagnosis[]> {
  const asked = await Promise.all([
    program(
      "node",
      ["--version"],
      String(pinned.nodeMinimum),
      "Let the bootstrap install it: run by `npm run -s rollproof`.",
    ),
    program("npm", ["--version"], "9", "Debian: apt-get install npm."),
    program("java", ["-version"], String(pinned.javaMinimum), "Debian: apt-get install openjdk-17-jre-headless."),
    program("mvn", ["--version"], "3", "Debian: apt-get install maven."),
    program("go", ["version"], "1.21", "Install Go 1.21 or newer (Debian: apt-get install golang)."),
    disk(),
    ports(),
  ]);
  return [...asked, ...(await docker(members)), kafkaJars(), archive(), toxiproxy(), memory()];
}

/** A program that tells its version as its first dotted number. */
async function program(tool: string, args: readonly string[], minimum: string, remedy: string): Promise<Diagnosis> {
  const said = await output(tool === "node" ? process.execPath : tool, args);
  const version = said === null ? null : (/\d+(?:\.\d+)*/.exec(stripVTControlCharacters(said))?.[0] ?? null);
  const ok = version !== null && isAtLeast(version, minimum);
  return { tool, needed: `${minimum} or newer`, found: version, ok, remedy };
}

/** Compares dotted versions part by part, as far as the minimum goes. */
export function isAtLeast(version: string, minimum: string): boolean {
  const parts = version.split(".").map(Number);
  const wanted = minimum.split(".").map(Number);
  const differs = wanted.findIndex((part, i) => part !== (parts[i] ?? 0));
  return differs === -1 || (parts[differs] ?? 0) > (wanted[differs] ?? 0);
}

function kafkaJars(): Diagnosis {
  const found = orNull(() => `${kafkaClassPath(pinned.kafka).split(":").length} jars of Kafka ${pinned.kafka}`);
  return { tool: "kafka", needed: `jars of Kafka ${pinned.kafka}`, found, ok: found !== null, remedy: prepare };
}

function archive(): Diagnosis {
  const found = classDataArchive(pinned.kafka) === null ? null : "made";
  return {
    tool: "class-data archive",
    needed: "nothing: with it brokers start quicker",
    found,
    ok: true,
    remedy: "The bootstrap makes it; a JRE that cannot write one does without.",
  };
}

function toxiproxy(): Diagnosis {
  const found = orNull(() => (toxiproxyServer() === "" ? null : pinned.toxiproxy));
  return { tool: "toxiproxy", needed: pinned.toxiproxy, found, ok: found !== null, remedy: prepare };
}

/** Informational: without a daemon, and without images on one that can pull none, runs use processes. */
async function docker(members: readonly string[]): Promise<readonly Diagnosis[]> {
  const daemon = await findDaemon(AbortSignal.timeout(answerMs));
  const needed = "nothing: without it runs use processes";
  if (!daemon.answers)
    return [{ tool: "docker", needed, found: null, ok: true, remedy: `${sentence(daemon.why)} ${daemon.remedy}` }];
  try {
    const engine = await connectEngine();
    const images = await Promise.all(
      imagesOf({ brokers: pinnedBrokers(1), members: [null, ...members] }).map(async (image) => ({
        tool: `image ${image}`,
        needed: "nothing: pulled or built at first use, else runs use processes",
        found: (await hasImage(engine, image)) ? "there" : null,
        ok: true,
        remedy: imageRemedy(image),
      })),
    );
    return [{ tool: "docker", needed, found: daemon.version, ok: true, remedy: "None is needed." }, ...images];
  } catch (error) {
    // A daemon that answers but cannot be used is a finding, like any other.
    if (!(error instanceof RollproofError)) throw error;
    return [{ tool: "docker", needed, found: null, ok: true, remedy: `${error.message} ${unusableRemedy}` }];
  }
}

async function disk(): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(repository);
  return megabytes("disk", { needed: diskMb, found: (bavail * bsize) / 1e6, remedy: "Free disk space." });
}

function memory(): Diagnosis {
  const found = (process.availableMemory?.() ?? freemem()) / 1e6;
  return megabytes("memory", { needed: memoryMb, found, remedy: "End other programs, or ask for fewer brokers." });
}

function megabytes(
  tool: string,
  { needed, found, remedy }: { needed: number; found: number; remedy: string },
): Diagnosis {
  return { tool, needed: `${needed} MB free`, found: `${Math.floor(found)} MB`, ok: found >= needed, remedy };
}

async function ports(): Promise<Diagnosis> {
  const needed = portsNeeded(3, 4);
  const found = await freePorts(needed).then(
    (free) => free.length,
    () => 0,
  );
  return {
    tool: "ports",
    needed: `${needed} free on 127.0.0.1`,
    found: found === 0 ? null : `${found}`,
    ok: found >= needed,
    remedy: "End what holds the ports of 127.0.0.1.",
  };
}

/** What a program prints, stdout and stderr; null: it is missing, fails or does not answer. */
function output(file: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: answerMs, encoding: "utf8" }, (error, stdout, stderr) =>
      resolve(error === null ? `${stdout}${stderr}` : null),
    );
  });
}

function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
