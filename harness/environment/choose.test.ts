import { expect, test, vi } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { chooseEnvironment, type DockerHere } from "./choose.ts";

const { signal } = new AbortController();
const needs = [
  { brokers: [{ version: "4.1.1" }], images: { toxiproxy: "t:1", member: "m:1", sidecar: "s:1" }, members: [null] },
  { brokers: [{ version: "3.9.1" }], images: { toxiproxy: "t:1", member: "m:2", sidecar: "s:1" }, members: [null] },
];
const runs = { needs, signal };

/** Docker with a daemon, and without some images. */
function dockerWithout(missing: readonly string[]): DockerHere & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    daemon: () => Promise.resolve({ answers: true, version: "20.10.24" }),
    obtain(image) {
      asked.push(image);
      if (!missing.includes(image)) return Promise.resolve();
      const message = `The image ${image} is not there, and cannot be built. Its log:\n  last line`;
      return Promise.reject(new RollproofError("environment-unavailable", message, { remedy: "Run this." }));
    },
  };
}

const noDaemon: DockerHere = {
  daemon: () => Promise.resolve({ answers: false, why: "nobody listens", remedy: "Start one." }),
  obtain: () => Promise.reject(new Error("nothing can be asked of a daemon that is not there")),
};

test("process is taken when asked for, whatever Docker does", async () => {
  const chosen = await chooseEnvironment("process", runs, noDaemon);
  expect(chosen).toEqual({ kind: "process", reason: "process: asked for" });
});

test("auto takes containers where every image of every run can be had, and asks for each once", async () => {
  const docker = dockerWithout([]);
  expect(await chooseEnvironment("auto", runs, docker)).toEqual({
    kind: "docker",
    reason: "docker: a daemon answers (20.10.24) and has the images",
  });
  expect(docker.asked).toEqual(["apache/kafka:4.1.1", "t:1", "s:1", "m:1", "apache/kafka:3.9.1", "m:2"]);
});

test("auto takes processes where no daemon answers, and says why", async () => {
  const reason = "process: no Docker daemon answers (nobody listens)";
  expect(await chooseEnvironment("auto", runs, noDaemon)).toEqual({ kind: "process", reason });
});

test("auto takes processes where an image cannot be had, says which and how to have it, and asks no further", async () => {
  const docker = dockerWithout(["t:1"]);
  expect(await chooseEnvironment("auto", runs, docker)).toEqual({
    kind: "process",
    reason:
      "process: a Docker daemon answers (20.10.24), but: The image t:1 is not there, and cannot be built. Its log: Run this.",
  });
  expect(docker.asked).toEqual(["apache/kafka:4.1.1", "t:1"]);
});

test("docker that is asked for is refused with the remedy where no daemon answers, or an image cannot be had", async () => {
  await expect(chooseEnvironment("docker", runs, noDaemon)).rejects.toMatchObject({
    code: "environment-unavailable",
    message: "No Docker daemon answers: nobody listens.",
    remedy: "Start one. Or run with --environment process, which needs none.",
  });
  await expect(chooseEnvironment("docker", runs, dockerWithout(["m:2"]))).rejects.toMatchObject({
    code: "environment-unavailable",
    message: "The image m:2 is not there, and cannot be built. Its log:\n  last line",
  });
});

test("a variable that names no image is refused, not passed over", async () => {
  vi.stubEnv("ROLLPROOF_IMAGE_SIDECAR", "no name");
  await expect(chooseEnvironment("auto", runs, dockerWithout([]))).rejects.toMatchObject({ code: "usage" });
  vi.unstubAllEnvs();
});

test("an interruption while images are pulled ends the choice", async () => {
  const interrupted = new AbortController();
  const docker: DockerHere = {
    ...dockerWithout([]),
    obtain() {
      interrupted.abort(new Error("enough"));
      return Promise.reject(new RollproofError("environment-unavailable", "cut off", { remedy: "none" }));
    },
  };
  await expect(chooseEnvironment("auto", { needs, signal: interrupted.signal }, docker)).rejects.toThrow("enough");
});
