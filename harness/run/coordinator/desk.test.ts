import { expect, test } from "vitest";
import { until } from "../../base/deadline.ts";
import { FakeCluster } from "../../upgrade/fake-cluster.fixture.ts";
import { rolling } from "../../program/program.fixture.ts";
import { beginAsking, type Asking } from "./asking.ts";
import { UpgradeDesk, type Client } from "./desk.ts";
import type { ToCoordinator } from "./protocol.ts";

const { signal } = new AbortController();
const program = rolling(["member-1", "member-2"]);

interface Line {
  readonly client: Client;
  readonly asking: Asking;
  readonly heard: ToCoordinator[];
}

function deskOf(cluster: FakeCluster): UpgradeDesk {
  const { members, activate, faults, plan, pipeline, view } = cluster.options(signal);
  return new UpgradeDesk({
    ways: { program },
    recorder: cluster,
    beginning: () => ({
      plan: { ...plan, program },
      journals: "",
      pipeline,
      members: members.ids,
      view,
      clockZero: 0n,
      hostFactor: 1,
    }),
    hands: { members, activate, faults: { ...faults, journalled: () => Promise.resolve() } },
    signal,
    pingsMissedMax: 60,
  });
}

/** A coordinator in this process. */
function lineTo(desk: UpgradeDesk): Line {
  const heard: ToCoordinator[] = [];
  const client: Client = {
    send(message) {
      heard.push(message);
      if (message.kind === "answer") asking.answered(message.call, message.answer);
    },
  };
  const asking = beginAsking((message) => desk.hear(message, client));
  return { client, asking, heard };
}

test("of two coordinators the older is refused whatever it asks for, and nothing is done", async () => {
  const cluster = new FakeCluster(["member-1", "member-2"]);
  using desk = deskOf(cluster);
  const [older, newer] = [lineTo(desk), lineTo(desk)];
  desk.serve(older.client);
  desk.serve(newer.client);
  await expect(older.asking.ask({ kind: "stop", member: "member-1" }, signal)).rejects.toMatchObject({
    code: "coordinator-fenced",
  });
  expect(cluster.deeds).toEqual([]);
  expect(await newer.asking.ask({ kind: "stop", member: "member-1" }, signal)).toMatchObject({ kind: "stopped" });
  expect(cluster.deeds).toEqual(["stop member-1"]);
});

test("a coordinator begins with the history so far and gets each event after it, in order", async () => {
  const cluster = new FakeCluster(["member-1", "member-2"]);
  using desk = deskOf(cluster);
  const { client, heard } = lineTo(desk);
  desk.serve(client);
  const after = cluster.events.length;
  cluster.sample();
  await until({ what: "the events", timeoutMs: 2_000, signal, remedy: "-" }, () => heard[1]);
  expect(heard.map(({ kind }) => kind)).toEqual(["begin", "events"]);
  expect(heard[1]).toEqual({ kind: "events", events: cluster.events.slice(after) });
});

test("the versions that members are to run follow the journal's records", async () => {
  const cluster = new FakeCluster(["member-1", "member-2"]);
  using desk = deskOf(cluster);
  const { client, asking } = lineTo(desk);
  desk.serve(client);
  await asking.ask({ kind: "opened", epoch: 1, entries: [] }, signal);
  for (const { id, kind } of program) {
    await asking.ask({ kind: "journalled", epoch: 1, entry: { kind: "act-began", act: id } }, signal);
    if (kind === "bring-up") break;
    await asking.ask({ kind: "journalled", epoch: 1, entry: { kind: "act-settled", act: id } }, signal);
  }
  expect([desk.versionOf("member-1"), desk.versionOf("member-2")]).toEqual(["v2", null]);
});
