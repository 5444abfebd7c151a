import { display } from "../../../base/did-you-mean.ts";
import { RollproofError } from "../../../base/errors.ts";
import usual from "../../../bootstrap/images.json" with { type: "json" };
import pinned from "../../../bootstrap/pinned.json" with { type: "json" };
import type { BrokerSpec } from "../../../model/environment.ts";
import { imageFault, imageParts, isTooFew, versionTemplate, type ImageOverrides } from "../../../model/image.ts";

/** The images of a run, `name:tag`. */
export interface ImageNames {
  readonly kafka: (version: string) => string;
  readonly toxiproxy: string;
  /** `own`: the one that the pipeline's description names; null: none. */
  readonly member: (own: string | null) => string;
  readonly sidecar: string;
}

/** What a run in containers needs images for. */
export interface ImageNeeds {
  readonly brokers: readonly BrokerSpec[];
  /** What the scenario names. */
  readonly images?: ImageOverrides | undefined;
  /** What the pipeline's description names, of each version; null: nothing. */
  readonly members: readonly (string | null)[];
}

export const sidecarImage = usual.sidecar;
/** A Debian with Node: members run in it, and the side-car is built from it. */
export const nodeImage = usual.node;

/**
 * The names, first as ROLLPROOF_IMAGE_KAFKA, _TOXIPROXY, _MEMBER and _SIDECAR say, then as the scenario does, then the usual
 * ones. Throws `usage` for a variable that holds no image's name.
 */
export function imageNames(
  scenario: ImageOverrides = {},
  surroundings: Readonly<Record<string, string | undefined>> = process.env,
): ImageNames {
  const named = { ...scenario, ...overridesIn(surroundings) };
  const kafka = named.kafka ?? usual.kafka;
  return {
    kafka: (version) => kafka.replaceAll(versionTemplate, version),
    toxiproxy: named.toxiproxy ?? usual.toxiproxy.replaceAll(versionTemplate, pinned.toxiproxy),
    member: (own) => named.member ?? own ?? nodeImage,
    sidecar: named.sidecar ?? sidecarImage,
  };
}

/** Every image that is needed, once. Throws `usage` where one image would have to be brokers of several versions. */
export function imagesOf(
  { brokers, images, members }: ImageNeeds,
  surroundings: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  const names = imageNames(images, surroundings);
  const versions = [...new Set(brokers.map(({ version }) => version))];
  if (isTooFew(names.kafka(versionTemplate), versions))
    throw new RollproofError(
      "usage",
      `The image ${names.kafka("")} cannot be brokers of Kafka ${versions.join(", ")} at once.`,
      {
        remedy: `Let ${versionTemplate} stand in the name that ${variableOf("kafka")} or the scenario's images.kafka gives.`,
      },
    );
  return [...new Set([...versions.map(names.kafka), names.toxiproxy, names.sidecar, ...members.map(names.member)])];
}

function variableOf(part: string): string {
  return `ROLLPROOF_IMAGE_${part.toUpperCase()}`;
}

function overridesIn(surroundings: Readonly<Record<string, string | undefined>>): ImageOverrides {
  const given = imageParts.flatMap((part) => {
    const image = surroundings[variableOf(part)] ?? "";
    if (image === "") return [];
    const fault = imageFault(part, image);
    if (fault === null) return [[part, image] as const];
    throw new RollproofError("usage", `${variableOf(part)} is ${display(image)}: ${fault}.`, {
      remedy: `Mend it, or unset it: the scenario's image is taken then, or the usual one.`,
    });
  });
  return Object.fromEntries(given);
}
