import { expect, test } from "vitest";
import { brokerConfig, metaProperties } from "./broker-config.ts";
import { pinnedBrokers } from "./broker-versions.ts";
import { layOut, type NodePorts } from "./layout.ts";

const layout = layOut({ brokers: pinnedBrokers(2), memberSlots: 1 }, [1, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25]);

function configOf(index: number, extra: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const node: NodePorts | undefined = layout.nodes[index];
  if (node === undefined) throw new Error("the layout has two nodes");
  const lines = brokerConfig(layout, node, "/run/data", extra).trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

test("a slot's listener is advertised at its proxy, the others at themselves", () => {
  const config = configOf(1, {});
  expect(config.get("listeners")).toBe(
    "CONTROLLER://127.0.0.1:21,INTERNAL://127.0.0.1:22,DIRECT://127.0.0.1:23,SLOT1://127.0.0.1:24",
  );
  expect(config.get("advertised.listeners")).toBe("INTERNAL://127.0.0.1:22,DIRECT://127.0.0.1:23,SLOT1://127.0.0.1:25");
  expect(config.get("controller.quorum.voters")).toBe("1@127.0.0.1:11,2@127.0.0.1:21");
});

test("fewer than three brokers lower the replication, of the internal topics too", () => {
  const config = configOf(0, {});
  const replication = [
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "min.insync.replicas",
    "transaction.state.log.min.isr",
  ];
  expect(replication.map((key) => config.get(key))).toEqual(["2", "2", "2", "2", "2"]);
});

test("a profile's setting overrides the environment's", () => {
  const config = configOf(0, { "broker.session.timeout.ms": "2000", "num.io.threads": "8" });
  expect([config.get("broker.session.timeout.ms"), config.get("num.io.threads")]).toEqual(["2000", "8"]);
});

test("a setting that says where brokers listen is refused", () => {
  expect(() => configOf(0, { listeners: "PLAINTEXT://:9092" })).toThrow(
    "The broker setting listeners cannot be given.",
  );
});

test("a value cannot add a setting of its own", () => {
  const config = configOf(0, { "log.message.format": "a\nlisteners=PLAINTEXT://0.0.0.0:1" });
  expect(config.get("log.message.format")).toBe("a\\nlisteners=PLAINTEXT://0.0.0.0:1");
});

test("formatted storage names cluster, node and directory", () => {
  expect(metaProperties({ clusterId: "c", nodeId: 3, directoryId: "d" })).toBe(
    "version=1\ncluster.id=c\nnode.id=3\ndirectory.id=d\n",
  );
});
