import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { memberId } from "../../../model/brand.ts";
import { pinnedBrokers, pinnedKafka } from "../../cluster/broker-versions.ts";
import { createEnvironment } from "../../create.ts";
import { makePlace } from "../../process/trivial-member.fixture.ts";
import { connectEngine } from "../daemon/engine.ts";
import { imageNames } from "./images.ts";
import { labels } from "../containers/labels.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();

/** The usual images under other names, which go when the test is over. */
async function aliases(repository: string) {
  const { dockerode } = (await connectEngine()).container;
  const usual = imageNames();
  const named = [
    ["kafka", usual.kafka(pinnedKafka), pinnedKafka],
    ["toxiproxy", usual.toxiproxy, "1"],
    ["member", usual.member(null), "1"],
    ["sidecar", usual.sidecar, "1"],
  ] as const;
  for (const [part, image, tag] of named) {
    await dockerode.getImage(image).tag({ repo: `${repository}/${part}`, tag });
    onTestFinished(() => dockerode.getImage(`${repository}/${part}:${tag}`).remove());
  }
}

describe.skipIf(!docker.run)("images that a scenario names", () => {
  test("are those that brokers, toxiproxy, its side-car and members run in, the pipeline's own image notwithstanding", async () => {
    const repository = `rollproof/named-${randomBytes(4).toString("hex")}`;
    await aliases(repository);
    using place = makePlace();
    const images = {
      kafka: `${repository}/kafka:\${version}`,
      toxiproxy: `${repository}/toxiproxy:1`,
      member: `${repository}/member:1`,
      sidecar: `${repository}/sidecar:1`,
    };
    await using environment = await createEnvironment(
      { kind: "docker", reason: "docker: asked for" },
      { runDirectory: place.runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {}, images },
      AbortSignal.timeout(60_000),
    );
    const launch = { ...place.member, image: "eclipse-temurin:17-jdk" };
    const member = await environment.startMember(memberId("member-1"), launch, "fresh");
    await member.endpoint("control");
    const { dockerode } = (await connectEngine()).container;
    const label = [`${labels.run}=${basename(place.runDirectory)}`];
    const found = await dockerode.listContainers({ filters: { label } });
    expect(Object.fromEntries(found.map(({ Labels, Image }) => [Labels[labels.role], Image]))).toEqual({
      "broker-1": `${repository}/kafka:${pinnedKafka}`,
      "member-1": `${repository}/member:1`,
      "sidecar-toxiproxy": `${repository}/sidecar:1`,
      toxiproxy: `${repository}/toxiproxy:1`,
    });
  });
});
