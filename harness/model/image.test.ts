import { expect, test } from "vitest";
import { imageFault, isTooFew } from "./image.ts";

test.each([
  "node:24-slim",
  "ghcr.io/shopify/toxiproxy:2.12.0",
  "localhost:5000/a/b-c__d.e:Tag_1.x",
  "registry.example/a@sha256:0123456789abcdef0123456789abcdef",
  "10.0.0.1:5000/a:1@sha256:0123456789abcdef0123456789abcdef",
])("%s is an image's name", (text) => {
  expect(imageFault("member", text)).toBeNull();
});

test.each([
  "",
  "Node:24",
  "node:",
  "node:24 slim",
  "-x",
  "--rm",
  "https://a/b",
  "a//b",
  "../a",
  "a:b:c",
  "a\nb",
  "a".repeat(256),
])("%j is none", (text) => {
  expect(imageFault("member", text)).toBe("expected an image's name, such as registry.example/member:1");
});

test("in Kafka's image, and in no other, ${version} stands for the broker's version", () => {
  expect([
    imageFault("kafka", "registry.example/kafka:${version}"),
    imageFault("kafka", "registry.example/kafka-${version}/broker"),
    imageFault("kafka", "registry.example/kafka:${verison}"),
    imageFault("kafka", "registry.example/Kafka:${version}"),
    imageFault("sidecar", "registry.example/sidecar:${version}"),
  ]).toEqual([
    null,
    null,
    "${version} is the only template that can stand in it",
    "expected an image's name, such as registry.example/kafka:${version}",
    "${version} stands in the image of kafka only",
  ]);
});

test("a long text that is no name is refused quickly", () => {
  expect(imageFault("member", `${"a-".repeat(100_000)}!`)).not.toBeNull();
});

test("one image without ${version} is too few for brokers of two versions", () => {
  expect([
    isTooFew("kafka:1", ["4.1.1", "4.1.1"]),
    isTooFew("kafka:1", ["3.9.1", "4.1.1"]),
    isTooFew("kafka:${version}", ["3.9.1", "4.1.1"]),
  ]).toEqual([false, true, false]);
});
