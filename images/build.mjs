import { join } from "node:path";
import { say, step } from "../harness/bootstrap/progress.mjs";
import { makeBase, requireDebootstrap } from "./base.mjs";
import { build, inspect, removeImage } from "./docker.mjs";
import { imagesFolder } from "./layout.mjs";
import { contentOf } from "./recipes.mjs";

/**
 * Builds what is missing or changed, side by side where nothing waits for another.
 * @param {import("./recipes.mjs").Recipe[]} recipes each after its parent
 * @param {{ force: boolean, signal: AbortSignal, end: () => void }} options force also replaces images that are not ours; `end`
 *   ends all that is under way, and is called when one image fails
 * @returns {Promise<{ tag: string, did: "built" | "up to date" | "left alone" }[]>} in the order of `recipes`
 */
export async function buildAll(recipes, { force, signal, end }) {
  /** Tag → what came of it. */
  const results = new Map();
  const failures = [];
  for (const recipe of recipes) {
    const parent = recipe.parent === null ? null : results.get(recipe.parent);
    const fail = (error) => {
      failures.push(error);
      end();
      throw error;
    };
    results.set(recipe.tag, buildOne(recipe, { parent, force, signal }).catch(fail));
  }
  const settled = await Promise.allSettled(results.values());
  if (failures.length > 0) throw failures[0];
  return settled.map(({ value: { tag, did } }) => ({ tag, did }));
}

async function buildOne(recipe, { parent, force, signal }) {
  const { tag } = recipe;
  const present = await inspect(tag);
  if (present !== null && present.content === "" && !force) {
    say(`${tag}: left alone; it was not built here (--force replaces it)`);
    return { tag, content: present.id, did: "left alone" };
  }
  if (recipe.dockerfile === null && present === null) requireDebootstrap();
  const [from, material] = await Promise.all([parent, recipe.material?.() ?? null]);
  const content = contentOf(recipe, { parent: from?.content ?? "", material });
  if (present?.content === content) return { tag, content, did: "up to date" };
  signal.throwIfAborted();
  await step(tag, () => make(recipe, { content, material }));
  if (present !== null) await removeImage(present.id);
  return { tag, content, did: "built" };
}

async function make({ tag, parent, dockerfile }, { content, material }) {
  if (dockerfile === null) {
    requireDebootstrap();
    return makeBase({ tag, content });
  }
  return build({
    tag,
    content,
    dockerfile: join(imagesFolder, dockerfile),
    context: material?.context ?? imagesFolder,
    args: parent === null ? {} : { BASE: parent },
  });
}
