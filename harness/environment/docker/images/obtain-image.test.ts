import { expect, test } from "vitest";
import { sidecarBuild } from "./obtain-image.ts";

test("the side-car that a run builds is labelled as ours by what went into it, and gets the proxies' variables alone", () => {
  const surroundings = { https_proxy: "http://proxy:1", SECRET: "x" };
  const build = (dockerfile: string) => sidecarBuild({ tag: "s:1", base: "b:1" }, dockerfile, surroundings);
  const one = build("FROM one");
  expect(one).toEqual({
    t: "s:1",
    dockerfile: "sidecar.Dockerfile",
    buildargs: { https_proxy: "http://proxy:1", BASE: "b:1" },
    // images/docker.mjs takes no other value for a digest.
    labels: { "rollproof.content": expect.stringMatching(/^[0-9a-f]{64}$/) },
    forcerm: true,
  });
  expect(build("FROM one").labels).toEqual(one.labels);
  expect(build("FROM two").labels).not.toEqual(one.labels);
});
