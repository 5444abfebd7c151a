import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../harness/bootstrap/layout.mjs";

export const imagesFolder = dirname(fileURLToPath(import.meta.url));
/** What is only there while images are built; removed with all that an ended build left in it. */
export const workFolder = join(root, ".rollproof", "images");
/** On every image that was built here: the digest of all that went into it. An image without it is not ours. */
export const contentLabel = "rollproof.content";
