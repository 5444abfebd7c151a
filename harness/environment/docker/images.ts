import { join } from "node:path";
import { GenericContainer, ImageName } from "testcontainers";
import { RollproofError } from "../../base/errors.ts";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { repository } from "../repository.ts";
import type { Engine } from "./engine.ts";

/** The images of a run, `name:tag`. */
export interface ImageNames {
  kafka(version: string): string;
  readonly toxiproxy: string;
  readonly member: string;
  readonly sidecar: string;
}

/** The usual names, unless ROLLPROOF_IMAGE_KAFKA, _TOXIPROXY, _MEMBER or _SIDECAR says otherwise. */
export function imageNames(): ImageNames {
  const from = (part: keyof ImageNames): string | undefined => process.env[`ROLLPROOF_IMAGE_${part.toUpperCase()}`];
  return {
    kafka: (version) => from("kafka") ?? `apache/kafka:${version}`,
    toxiproxy: from("toxiproxy") ?? `ghcr.io/shopify/toxiproxy:${pinned.toxiproxy}`,
    member: from("member") ?? "node:24-slim",
    sidecar: from("sidecar") ?? sidecar,
  };
}

const sidecar = "rollproof/sidecar:1";

/** Makes sure that the daemon has the image: pulls it, or builds the side-car's, and says so on stderr. */
export async function ensureImage(engine: Engine, image: string, names: ImageNames): Promise<void> {
  if (await engine.image.exists(ImageName.fromString(image))) return;
  try {
    if (image === sidecar) await buildSidecar(names.member);
    else await pull(engine, image);
  } catch (cause) {
    throw new RollproofError("environment-unavailable", `There is no image ${image}: ${String(cause)}`, {
      remedy:
        "Run `npm run images`: it builds the usual ones from packages alone. Or name another: " +
        "ROLLPROOF_IMAGE_KAFKA, _TOXIPROXY, _MEMBER, _SIDECAR.",
      cause,
    });
  }
}

async function buildSidecar(base: string): Promise<void> {
  process.stderr.write(`building the image ${sidecar} …\n`);
  await GenericContainer.fromDockerfile(join(repository, "images"), "sidecar.Dockerfile")
    .withBuildArgs({ BASE: base })
    .build(sidecar, { deleteOnExit: false });
}

async function pull(engine: Engine, image: string): Promise<void> {
  process.stderr.write(`pulling the image ${image} …\n`);
  const { dockerode } = engine.container;
  const stream = await dockerode.pull(image);
  const seen = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    dockerode.modem.followProgress(
      stream,
      (error: Error | null) => (error === null ? resolve() : reject(error)),
      ({ id, status }: { readonly id?: string; readonly status?: string }) => {
        const line = id === undefined ? null : `  ${image} ${id}: ${status}\n`;
        if (line === null || seen.has(line) || !/complete|exists/i.test(line)) return;
        seen.add(line);
        process.stderr.write(line);
      },
    );
  });
}
