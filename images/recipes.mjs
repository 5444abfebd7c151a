import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureKafka, kafkaFolder } from "../harness/bootstrap/kafka.mjs";
import { pinned, toolsFolder } from "../harness/bootstrap/layout.mjs";
import { ensurePinnedNode } from "../harness/bootstrap/node.mjs";
import { ensureToxiproxy } from "../harness/bootstrap/toxiproxy.mjs";
import { baseRecipe } from "./base.mjs";
import { imagesFolder, usual } from "./layout.mjs";

const base = "rollproof/base:bookworm";

/**
 * @typedef {{ folder: string, context: string }} Material an installed tool: where its stamp lies, and the folder, below it,
 *   that the build copies from
 * @typedef {{ tag: string, parent: string | null, dockerfile: string | null, material: (() => Promise<Material>) | null }} Recipe
 *   an image without Dockerfile is the base
 */

/**
 * All images, each after its parent.
 * @param {readonly string[]} kafkaVersions
 * @returns {Recipe[]}
 */
export function recipes(kafkaVersions) {
  return [
    { tag: base, parent: null, dockerfile: null, material: null },
    { tag: usual.java, parent: base, dockerfile: "java.Dockerfile", material: null },
    { tag: usual.node, parent: base, dockerfile: "node.Dockerfile", material: nodeBinary },
    {
      tag: of(usual.toxiproxy, pinned.toxiproxy),
      parent: null,
      dockerfile: "toxiproxy.Dockerfile",
      material: toxiproxyServer,
    },
    { tag: usual.sidecar, parent: base, dockerfile: "sidecar.Dockerfile", material: null },
    ...kafkaVersions.map((version) => ({
      tag: of(usual.kafka, version),
      parent: usual.java,
      dockerfile: "kafka.Dockerfile",
      material: () => kafkaJars(version),
    })),
  ];
}

function of(template, version) {
  return template.replaceAll("${version}", version);
}

/**
 * The digest of all that goes into an image: its Dockerfile, the files that are copied, and the same of its parent.
 * @param {Recipe} recipe
 * @param {{ parent: string, material: Material | null }} from
 */
export function contentOf(recipe, { parent, material }) {
  const instructions =
    recipe.dockerfile === null
      ? JSON.stringify(baseRecipe)
      : readFileSync(join(imagesFolder, recipe.dockerfile), "utf8");
  const files = material === null ? [] : stampedFiles(material.folder);
  return createHash("sha256")
    .update(JSON.stringify([instructions, parent, files]))
    .digest("hex");
}

/** Paths and digests of an installed tool's files, which the bootstrap has just compared with the disk. */
function stampedFiles(folder) {
  const { files } = JSON.parse(readFileSync(join(folder, "stamp.json"), "utf8"));
  return files.map(({ path, sha256 }) => [path, sha256]);
}

async function kafkaJars(version) {
  await ensureKafka(version);
  const folder = kafkaFolder(version);
  return { folder, context: join(folder, "libs") };
}

async function toxiproxyServer() {
  await ensureToxiproxy();
  const folder = join(toolsFolder, "toxiproxy");
  return { folder, context: folder };
}

async function nodeBinary() {
  const binary = await ensurePinnedNode();
  return { folder: join(toolsFolder, "node"), context: dirname(binary) };
}
