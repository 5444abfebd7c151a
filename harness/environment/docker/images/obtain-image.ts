import { sentence } from "../../../base/sentence.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ImageName } from "testcontainers";
import { getAuthConfig } from "testcontainers/build/container-runtime/auth/get-auth-config.js";
import { z } from "zod";
import { printableLines } from "../../../base/did-you-mean.ts";
import { sha256 } from "../../../base/digest.ts";
import { RollproofError } from "../../../base/errors.ts";
import usual from "../../../bootstrap/images.json" with { type: "json" };
import pinned from "../../../bootstrap/pinned.json" with { type: "json" };
import { repository } from "../../repository.ts";
import type { Engine } from "../daemon/engine.ts";
import { nodeImage, sidecarImage } from "./images.ts";

/** A daemon that says nothing for so long while it pulls, or builds, is given up. */
const pullSilenceMs = 45_000;
const buildSilenceMs = 120_000;
const logLines = 20;
const buildContext = join(repository, "images");
const sidecarFile = "sidecar.Dockerfile";

/**
 * Makes sure that the daemon has the image: pulls it, or builds the side-car's, and shows how far it is on stderr. Throws
 * `environment-unavailable` with the daemon's words and, of a build, the end of its log.
 */
export async function obtainImage(engine: Engine, image: string, signal: AbortSignal): Promise<void> {
  if (await hasImage(engine, image)) return;
  if (image === sidecarImage) await buildSidecar(engine, { tag: image, base: nodeImage }, signal);
  else await pull(engine, image, signal);
}

export async function hasImage(engine: Engine, image: string): Promise<boolean> {
  return await engine.image.exists(ImageName.fromString(image));
}

/** What the reader can do to have the image. */
export function imageRemedy(image: string): string {
  const [, kafka] = /^apache\/kafka:(.+)$/.exec(image) ?? [];
  const isUsual =
    kafka !== undefined ||
    image === sidecarImage ||
    /^(?:ghcr\.io\/shopify\/toxiproxy|node|eclipse-temurin):/.test(image);
  const more = kafka === undefined || kafka === pinned.kafka ? "" : ` -- --kafka ${kafka}`;
  return isUsual
    ? `Run \`npm run images${more}\`: it builds the usual images from packages alone, where none can be pulled.`
    : `Look whether \`docker pull ${image}\` works; mend the name (ROLLPROOF_IMAGE_…, the scenario's images, the pipeline's image), or leave it out.`;
}

async function pull(engine: Engine, image: string, signal: AbortSignal): Promise<void> {
  process.stderr.write(`pulling the image ${image} …\n`);
  const { dockerode } = engine.container;
  const seen = new Set<string>();
  try {
    const registry = ImageName.fromString(image).registry ?? engine.info.containerRuntime.indexServerAddress;
    const authconfig = await getAuthConfig(registry);
    await listen(
      { signal, silenceMs: pullSilenceMs },
      {
        begin: async (abortSignal) => await dockerode.pull(image, { authconfig, abortSignal }),
        hear({ id, status }) {
          const line = id === undefined ? null : `  ${image} ${id}: ${status ?? ""}\n`;
          if (line === null || seen.has(line) || !/complete|exists/i.test(line)) return;
          seen.add(line);
          process.stderr.write(line);
        },
      },
    );
  } catch (cause) {
    signal.throwIfAborted();
    throw new RollproofError(
      "environment-unavailable",
      sentence(`The image ${image} is not there, and cannot be pulled: ${wordsOf(cause)}`),
      {
        remedy: imageRemedy(image),
        cause,
      },
    );
  }
}

/** Builds the side-car's image from `base`, a Debian. */
export async function buildSidecar(
  engine: Engine,
  { tag, base }: { readonly tag: string; readonly base: string },
  signal: AbortSignal,
): Promise<void> {
  process.stderr.write(`building the image ${tag} from ${base} …\n`);
  const log: string[] = [];
  try {
    const how = sidecarBuild({ tag, base }, await readFile(join(buildContext, sidecarFile), "utf8"));
    await listen(
      { signal, silenceMs: buildSilenceMs },
      {
        begin: async (abortSignal) =>
          await engine.container.dockerode.buildImage(
            { context: buildContext, src: [sidecarFile] },
            { ...how, abortSignal },
          ),
        hear({ stream }) {
          if (stream !== undefined) log.push(...stream.split("\n").filter((line) => line.trim() !== ""));
        },
      },
    );
  } catch (cause) {
    await removeStep(engine, log);
    signal.throwIfAborted();
    const end = log
      .slice(-logLines)
      .map((line) => `\n  ${printableLines(line)}`)
      .join("");
    throw new RollproofError(
      "environment-unavailable",
      `${sentence(`The image ${tag} is not there, and cannot be built from ${base}: ${wordsOf(cause)}`)}${end === "" ? "" : ` The end of the build's log:${end}`}`,
      { remedy: `${imageRemedy(tag)} Or name one with iptables: ROLLPROOF_IMAGE_SIDECAR.`, cause },
    );
  }
}

/**
 * What the daemon is asked to build (ImageBuild of the Engine API). The label makes the image ours: `npm run images` builds
 * another in its place. The proxies' variables are handed on to a build and left out of the image
 * (docs.docker.com/reference/dockerfile, "Predefined ARGs").
 */
export function sidecarBuild(
  { tag, base }: { readonly tag: string; readonly base: string },
  dockerfile: string,
  surroundings: Readonly<Record<string, string | undefined>> = process.env,
) {
  const proxies = usual.proxyVariables.flatMap((name) => {
    const value = surroundings[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    t: tag,
    dockerfile: sidecarFile,
    buildargs: { ...Object.fromEntries(proxies), BASE: base },
    labels: { [usual.contentLabel]: sha256(base, "\n", dockerfile) },
    forcerm: true,
  };
}

/** Removes the image of the last step that a failed build took, which has no name and nothing on top of it. */
async function removeStep({ container: { dockerode } }: Engine, log: readonly string[]): Promise<void> {
  const [, id] = log.findLast((one) => /^ ---> [0-9a-f]{12}$/.test(one))?.split("> ") ?? [];
  if (id === undefined) return;
  try {
    const { RepoTags } = await dockerode.getImage(id).inspect();
    if (RepoTags.length === 0) await dockerode.getImage(id).remove();
  } catch {
    // gone, or in use: then it is not ours to remove
  }
}

const line = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  error: z.string().optional(),
});
type Line = z.infer<typeof line>;

interface Work {
  readonly begin: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>;
  readonly hear: (line: Line) => void;
}

/**
 * Hears what the daemon says of a piece of work until its end, a JSON object a line. Rejects with the error that it names (the
 * answer's status is 200 all the same), after so much silence, and with the signal's reason.
 */
async function listen(
  { signal, silenceMs }: { readonly signal: AbortSignal; readonly silenceMs: number },
  { begin, hear }: Work,
): Promise<void> {
  signal.throwIfAborted();
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`the daemon said nothing for ${silenceMs} ms`)), silenceMs);
  try {
    const stream = await begin(AbortSignal.any([signal, silence.signal]));
    let rest = "";
    for await (const part of stream) {
      timer.refresh();
      const lines = (rest + String(part)).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) say(text);
    }
    say(rest);
  } catch (cause) {
    throw silence.signal.aborted ? silence.signal.reason : cause;
  } finally {
    clearTimeout(timer);
  }

  function say(text: string): void {
    if (text.trim() === "") return;
    const said = line.parse(JSON.parse(text));
    if (said.error !== undefined) throw new Error(said.error);
    hear(said);
  }
}

/** The daemon's words, without what dockerode puts around them. */
function wordsOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return printableLines(text)
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .trim()
    .replace(/\.$/, "");
}
