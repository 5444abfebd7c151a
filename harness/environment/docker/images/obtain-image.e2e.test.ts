import { describe, expect, test } from "vitest";
import { randomBytes } from "node:crypto";
import { connectEngine } from "../daemon/engine.ts";
import { imageNames } from "./images.ts";
import { buildSidecar, hasImage, obtainImage } from "./obtain-image.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();
const { signal } = new AbortController();
/** A registry at a port where nobody listens. */
const unreachable = "127.0.0.1:9/kafka:4.1.1";

describe.skipIf(!docker.run)("images that cannot be had", () => {
  test("one that cannot be pulled is refused with the daemon's words and what to do", async () => {
    await expect(obtainImage(await connectEngine(), unreachable, signal)).rejects.toMatchObject({
      code: "environment-unavailable",
      message: expect.stringMatching(
        /^The image 127\.0\.0\.1:9\/kafka:4\.1\.1 is not there, and cannot be pulled: .*connection refused\.$/,
      ),
      remedy: expect.stringMatching(/^Look whether `docker pull 127\.0\.0\.1:9\/kafka:4\.1\.1` works; mend the name/),
    });
  });

  test("one that cannot be built is refused with the end of the build's log, and leaves nothing", async () => {
    const engine = await connectEngine();
    const { dockerode } = engine.container;
    const here = async () =>
      [...(await dockerode.listContainers({ all: true })), ...(await dockerode.listImages())]
        .map(({ Id }) => Id)
        .toSorted();
    const tag = `rollproof/broken-${randomBytes(4).toString("hex")}:1`;
    const before = await here();
    // This base is the one file that it runs: neither a root user nor a shell, let alone apt-get.
    await expect(buildSidecar(engine, { tag, base: imageNames().toxiproxy }, signal)).rejects.toMatchObject({
      code: "environment-unavailable",
      message: expect.stringMatching(
        /^The image rollproof\/broken-\w+:1 is not there, and cannot be built from .+\. The end of the build's log:\n.*Step \d+\/\d+ : RUN apt-get update/s,
      ),
      remedy: expect.stringContaining("ROLLPROOF_IMAGE_SIDECAR"),
    });
    expect(await hasImage(engine, tag)).toBe(false);
    expect(await here()).toEqual(before);
  });

  test("an interrupted pull ends with the interruption", async () => {
    const reason = new Error("enough");
    await expect(obtainImage(await connectEngine(), unreachable, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
