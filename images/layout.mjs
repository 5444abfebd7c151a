import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrapFolder, root } from "../harness/bootstrap/layout.mjs";

export const imagesFolder = dirname(fileURLToPath(import.meta.url));
/** What is only there while images are built; removed with all that an ended build left in it. */
export const workFolder = join(root, ".rollproof", "images");
/**
 * The usual images' tags; the label of every image that was built here, whose value is the digest of all that went into it (an
 * image without it is not ours); the variables that Docker hands on to a build and leaves out of the image. Also read by
 * harness/environment, which builds the side-car where it is missing.
 */
export const usual = JSON.parse(readFileSync(join(bootstrapFolder, "images.json"), "utf8"));
