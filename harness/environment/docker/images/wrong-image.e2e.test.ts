import { describe, expect, test } from "vitest";
import { basename } from "node:path";
import { memberId } from "../../../model/brand.ts";
import type { ImageOverrides } from "../../../model/image.ts";
import { pinnedBrokers } from "../../cluster/broker-versions.ts";
import { createEnvironment } from "../../create.ts";
import { makePlace, type Place } from "../../process/trivial-member.fixture.ts";
import { connectEngine } from "../daemon/engine.ts";
import { imageNames } from "./images.ts";
import { labels } from "../containers/labels.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();
const { toxiproxy, member, sidecar } = imageNames();
const node = member(null);

async function environmentIn(place: Place, images: ImageOverrides) {
  return await createEnvironment(
    { kind: "docker", reason: "docker: asked for" },
    { runDirectory: place.runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {}, images },
    AbortSignal.timeout(60_000),
  );
}

async function containersOf({ runDirectory }: Place): Promise<number> {
  const { dockerode } = (await connectEngine()).container;
  const label = [`${labels.run}=${basename(runDirectory)}`];
  return (await dockerode.listContainers({ all: true, filters: { label } })).length;
}

describe.skipIf(!docker.run)("an image that is the wrong one", () => {
  test.each<[string, ImageOverrides, RegExp]>([
    [
      "without what a broker is started with",
      { kafka: toxiproxy },
      /^The container storage-tool \(ghcr\.io\/shopify\/toxiproxy:.*\) did not start: .*executable file not found/,
    ],
    [
      "without Java",
      { kafka: node },
      /^kafka-storage \(node:24-slim\) failed \(127\)\. The end of its log:\n.*java: not found$/,
    ],
    [
      "with Java, without Kafka",
      { kafka: "eclipse-temurin:17-jdk" },
      /^kafka-storage \(eclipse-temurin:17-jdk\) failed \(1\)\. The end of its log:\n.*kafka\.tools\.StorageTool/s,
    ],
    [
      "without the proxy server",
      { toxiproxy: node },
      /^The container toxiproxy \(node:24-slim\) did not start: .*\/toxiproxy.*no such file/,
    ],
    [
      "without iptables",
      { sidecar: node },
      /^The image node:24-slim cannot be the side-car: The side-car could not carry out iptables .*not found/,
    ],
  ])("%s is named, with the end of what it said, and leaves no container", async (_, images, message) => {
    using place = makePlace();
    await expect(environmentIn(place, images)).rejects.toMatchObject({ message: expect.stringMatching(message) });
    expect(await containersOf(place)).toBe(0);
  });

  test("of a member is named, with the end of its log", async () => {
    using place = makePlace();
    await using environment = await environmentIn(place, {});
    const [slot = memberId("member-1")] = environment.memberSlots;
    await expect(environment.startMember(slot, { ...place.member, image: toxiproxy }, "fresh")).rejects.toMatchObject({
      code: "member-failed",
      message: expect.stringMatching(
        /^The container member-1 \(ghcr\.io\/shopify\/toxiproxy:.*\) did not start: .*node/,
      ),
      remedy: expect.stringContaining("Check the image ghcr.io/shopify/toxiproxy:"),
    });
    const argv = ["sh", "-c", "echo the last words; exit 3"];
    const silent = await environment.startMember(slot, { ...place.member, argv, image: sidecar }, "fresh");
    await expect(silent.endpoint("control")).rejects.toMatchObject({
      code: "member-failed",
      message:
        `member-1 (incarnation ${silent.incarnation}, rollproof/sidecar:1) ended (3) before it named its control port. ` +
        "The end of its log:\nthe last words",
    });
  });
});
