/** The parts of a run for which an image can be named, where it runs in containers. */
export const imageParts = ["kafka", "toxiproxy", "member", "sidecar"] as const;
export type ImagePart = (typeof imageParts)[number];

/** Images in place of the usual ones. In that of `kafka`, `${version}` stands for the broker's version of Kafka. */
export type ImageOverrides = { readonly [P in ImagePart]?: string };

/** What stands for a broker's version in the name of Kafka's image. */
export const versionTemplate = "${version}";

const lengthMax = 255;
/**
 * `host:port/path:tag@digest`, all but the path optional: the grammar of the distribution project's package `reference`
 * (github.com/distribution/reference, reference.go), the host's name in lower case.
 */
const reference = (() => {
  const part = "[a-z0-9]+(?:(?:[.]|_{1,2}|-+)[a-z0-9]+)*";
  const host = "[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?";
  const tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
  const digest = "[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,128}";
  return new RegExp(`^(?:${host}/)?${part}(?:/${part})*(?::${tag})?(?:@${digest})?$`, "u");
})();

/** Why a text names no image for the part, in words; null: it does. */
export function imageFault(part: ImagePart, text: string): string | null {
  const example = part === "kafka" ? `registry.example/kafka:${versionTemplate}` : `registry.example/${part}:1`;
  if (part !== "kafka" && text.includes(versionTemplate)) return `${versionTemplate} stands in the image of kafka only`;
  const [template] = (part === "kafka" ? text.replaceAll(versionTemplate, "") : text).match(/\$\{?[^}]*\}?/u) ?? [];
  if (template !== undefined && part === "kafka") return `${versionTemplate} is the only template that can stand in it`;
  const filled = text.replaceAll(versionTemplate, "4.1.1");
  return filled.length <= lengthMax && reference.test(filled) ? null : `expected an image's name, such as ${example}`;
}

/** Whether one image would have to hold several versions of Kafka. */
export function isTooFew(kafkaImage: string, versions: readonly string[]): boolean {
  return new Set(versions).size > 1 && !kafkaImage.includes(versionTemplate);
}
