import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalogueOf } from "./catalogue.ts";

const yaml = `guarantee: exactly-once
offsets: in-transaction
topics: { in: {}, out: {} }
stages: { copy: { source: in, group: copiers, sinks: [out] } }
workload: { generator: payments, topic: in }
specification: specification.ts
launch: { argv: [copy] }
versions: { v1: { sources: [copy.c] } }
`;

test("each folder of pipelines/ is a pipeline; a broken one says why when it is asked for, and harms no other", () => {
  const root = mkdtempSync(join(tmpdir(), "rollproof-pipelines-"));
  try {
    const folder = (name: string, text: string): string => {
      const path = join(root, "pipelines", name);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "pipeline.yaml"), text);
      return path;
    };
    writeFileSync(join(folder("sound", yaml), "specification.ts"), "");
    folder("unsound", yaml.replace("offsets", "offset"));
    folder("without-specification", yaml);
    writeFileSync(join(root, "elsewhere.ts"), "");
    symlinkSync(join(root, "elsewhere.ts"), join(folder("leads-out", yaml), "specification.ts"));
    folder("reference", yaml);
    mkdirSync(join(root, "pipelines", "notes"));

    const { pipelines: catalogue, broken } = catalogueOf(root);
    expect([...catalogue.keys()]).toEqual(["reference", "sound"]);
    expect([...broken.keys()]).toEqual(["leads-out", "reference", "unsound", "without-specification"]);
    expect(catalogue.get("sound")?.specificationPath).toBe("pipelines/sound/specification.ts");
    expect(catalogue.get("notes")).toBe(undefined);
    expect(() => catalogue.get("unsound")).toThrow('unsound/pipeline.yaml:2:1: unknown key "offset"');
    expect(() => catalogue.get("without-specification")).toThrow("specification.ts is not there");
    expect(() => catalogue.get("leads-out")).toThrow("a link that leads out of the folder");
    expect(() => catalogue.get("reference")).toThrow("Its name is taken");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a repository without pipelines of others has the built-in one", () => {
  expect([...catalogueOf(tmpdir()).pipelines.keys()]).toEqual(["reference"]);
});
