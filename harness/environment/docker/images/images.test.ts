import { expect, test } from "vitest";
import pinned from "../../../bootstrap/pinned.json" with { type: "json" };
import { imageNames, imagesOf } from "./images.ts";

const brokers = (...versions: readonly string[]) => versions.map((version) => ({ version }));
const toxiproxy = `ghcr.io/shopify/toxiproxy:${pinned.toxiproxy}`;
const own = "eclipse-temurin:17-jdk";

test("the usual images are the public ones, Kafka's of each broker's version, and the pipeline's own", () => {
  expect(imagesOf({ brokers: brokers("3.9.1", "4.1.1", "4.1.1"), members: [null, own] }, {})).toEqual([
    "apache/kafka:3.9.1",
    "apache/kafka:4.1.1",
    toxiproxy,
    "rollproof/sidecar:1",
    "node:24-slim",
    own,
  ]);
});

test("the environment comes before the scenario, and that before the pipeline and the usual ones", () => {
  const images = { kafka: "s/kafka:${version}", toxiproxy: "s/toxiproxy", member: "s/member" };
  const surroundings = { ROLLPROOF_IMAGE_KAFKA: "e/kafka:${version}-x", ROLLPROOF_IMAGE_SIDECAR: "e/sidecar" };
  expect(imagesOf({ brokers: brokers("3.9.1"), images, members: [own] }, surroundings)).toEqual([
    "e/kafka:3.9.1-x",
    "s/toxiproxy",
    "e/sidecar",
    "s/member",
  ]);
  expect(imageNames(images, { ROLLPROOF_IMAGE_MEMBER: "e/member" }).member(own)).toBe("e/member");
});

test("an empty variable names nothing", () => {
  expect(imageNames({}, { ROLLPROOF_IMAGE_MEMBER: "" }).member(null)).toBe("node:24-slim");
});

test("a variable that holds no image's name is refused", () => {
  expect(() => imageNames({}, { ROLLPROOF_IMAGE_TOXIPROXY: "--rm" })).toThrow(
    'ROLLPROOF_IMAGE_TOXIPROXY is "--rm": expected an image\'s name, such as registry.example/toxiproxy:1.',
  );
});

test("one image without ${version} cannot be brokers of two versions", () => {
  const surroundings = { ROLLPROOF_IMAGE_KAFKA: "e/kafka" };
  expect(imagesOf({ brokers: brokers("3.9.1", "3.9.1"), members: [] }, surroundings)).toContain("e/kafka");
  expect(() => imagesOf({ brokers: brokers("3.9.1", "4.1.1"), members: [] }, surroundings)).toThrow(
    "The image e/kafka cannot be brokers of Kafka 3.9.1, 4.1.1 at once.",
  );
});
