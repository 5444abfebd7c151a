import { z } from "zod";
import { imageFault, type ImagePart } from "../model/image.ts";

function image(part: ImagePart) {
  return z
    .string({ error: "expected an image's name" })
    .superRefine((text, check) => {
      const message = imageFault(part, text);
      if (message !== null) check.addIssue({ code: "custom", message });
    })
    .exactOptional();
}

/** The keys of `images`. */
export const imagesShape = {
  kafka: image("kafka").meta({ description: "Image of the brokers; ${version} in it stands for their version" }),
  toxiproxy: image("toxiproxy"),
  member: image("member"),
  sidecar: image("sidecar"),
};

/** Images in place of the usual ones. */
export const imagesForm = z.strictObject(imagesShape);
