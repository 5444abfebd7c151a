import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { sha256 } from "../harness/base/digest.ts";
import { dockerTests } from "../harness/environment/docker/daemon/required.fixture.ts";
import { buildAll, type Recipe } from "./build.mjs";

const docker = await dockerTests();
const main = fileURLToPath(new URL("main.mjs", import.meta.url));
const tag = `rollproof-test/images:${process.pid}`;

function ask(...argv: readonly string[]): string {
  return spawnSync("docker", argv, { encoding: "utf8" }).stdout.trim();
}

/** An image of one small file, by the Dockerfile that copies `server` into an empty image; removed when the test ends. */
function small(): { readonly recipe: Recipe; readonly write: (name: string, text: string) => void } {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-images-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
    ask("image", "rm", "--force", tag);
  });
  return {
    recipe: {
      tag,
      parent: null,
      dockerfile: "toxiproxy.Dockerfile",
      material: () => Promise.resolve({ folder, context: folder }),
    },
    write(name, text) {
      writeFileSync(join(folder, name), text);
      writeFileSync(join(folder, "stamp.json"), JSON.stringify({ files: [{ path: name, sha256: sha256(text) }] }));
    },
  };
}

async function build(recipe: Recipe, force = false): Promise<string | undefined> {
  const options = { force, signal: AbortSignal.timeout(60_000), end: () => undefined };
  const [only] = await buildAll([recipe], options);
  return only?.did;
}

describe.skipIf(!docker.run)("images", () => {
  test("an image is built when it is missing or what goes in has changed, and not again", async () => {
    const { recipe, write } = small();
    write("server", "one");
    expect([await build(recipe), await build(recipe)]).toEqual(["built", "up to date"]);
    const first = ask("image", "inspect", "--format", "{{.Id}}", tag);
    write("server", "two");
    expect([await build(recipe), await build(recipe)]).toEqual(["built", "up to date"]);
    expect(ask("image", "ls", "--quiet", "--no-trunc", "--filter", "dangling=true").split("\n")).not.toContain(first);
  });

  test("an image that was not built here stays as it is, unless that is asked for", async () => {
    const { recipe, write } = small();
    write("server", "public");
    const foreign = spawnSync("docker", ["build", "--tag", tag, "-"], { input: 'FROM scratch\nCMD ["x"]\n' });
    expect(foreign.status).toBe(0);
    const before = ask("image", "inspect", "--format", "{{.Id}}", tag);
    expect(await build(recipe)).toBe("left alone");
    expect(ask("image", "inspect", "--format", "{{.Id}}", tag)).toBe(before);
    expect(await build(recipe, true)).toBe("built");
  });

  test("a failed build leaves no image, and shows the end of what was printed", async () => {
    const { recipe, write } = small();
    write("other", "not what the Dockerfile copies");
    await expect(build(recipe)).rejects.toMatchObject({
      message: expect.stringMatching(/docker build failed[^]*server/),
    });
    expect(ask("image", "ls", "--quiet", tag)).toBe("");
  });

  test("without a daemon: two lines that name the remedy, exit 69", () => {
    const env = { ...process.env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
    const { status, stderr } = spawnSync(process.execPath, [main], { env, encoding: "utf8" });
    expect({ status, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 69, lines: 2 });
    expect(stderr).toContain("remedy: No Docker daemon answers.");
  });
});

test("without the docker program: two lines that name the remedy, exit 69", () => {
  const { status, stderr } = spawnSync(process.execPath, [main], { env: { PATH: "/nowhere" }, encoding: "utf8" });
  expect({ status, stderr }).toEqual({
    status: 69,
    stderr:
      "rollproof: docker is not on the PATH.\n  remedy: Install Docker (Debian: apt-get install docker.io iptables), then try again.\n",
  });
});
