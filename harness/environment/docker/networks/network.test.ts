import { expect, test } from "vitest";
import { subnetOf } from "./network.ts";

/** A network as the daemon shows it, and how often it was removed. */
function trial(inspect: () => Promise<unknown>) {
  const network = {
    removed: 0,
    inspect,
    remove: () => Promise.resolve(void network.removed++),
  };
  return network;
}

test("of a network's subnets the first of IPv4 is taken, and the network is removed", async () => {
  const Config = [{ Subnet: "fd00:1::/64" }, { Subnet: "172.18.0.0/16" }];
  const network = trial(() => Promise.resolve({ IPAM: { Config } }));
  expect(await subnetOf(network)).toBe("172.18.0.0/16");
  expect(network.removed).toBe(1);
});

test.each<[string, () => Promise<unknown>, string]>([
  ["has none of IPv4", () => Promise.resolve({ IPAM: { Config: [{ Subnet: "fd00:1::/64" }] } }), "(fd00:1::/64)"],
  ["cannot be looked at", () => Promise.reject(new Error("not now")), "not now"],
])("a network that %s is removed, too", async (_, inspect, words) => {
  const network = trial(inspect);
  await expect(subnetOf(network)).rejects.toThrow(words);
  expect(network.removed).toBe(1);
});
