import { expect, test } from "vitest";
import { brokerId } from "../model/brand.ts";
import type { FeatureLevels } from "../model/kafka-features.ts";
import { agreedLevels } from "./agreed-levels.ts";

const formatted: FeatureLevels = { "metadata.version": 27, "transaction.version": 2 };
const cluster = {
  brokers: [brokerId("broker-1"), brokerId("broker-2")],
  directBootstrap: ["127.0.0.1:1", "127.0.0.1:2"],
  features: formatted,
};
const never = new AbortController().signal;

/** Each broker's answers, one after another; the last one again and again. */
function brokersThatSay(...answers: readonly (readonly (FeatureLevels | null)[])[]) {
  const asked = [0, 0];
  return (bootstrap: string): Promise<FeatureLevels | null> => {
    const i = cluster.directBootstrap.indexOf(bootstrap);
    const own = answers[i] ?? [];
    const answer = own[Math.min(asked[i] ?? 0, own.length - 1)] ?? null;
    asked[i] = (asked[i] ?? 0) + 1;
    return Promise.resolve(answer);
  };
}

test("the levels are those that every broker says, once the slowest has read the metadata log", async () => {
  const behind = { "metadata.version": 27 };
  const ask = brokersThatSay([formatted], [null, {}, behind, formatted]);
  expect(await agreedLevels(cluster, { signal: never, ask, timeoutMs: 2_000 })).toEqual(formatted);
});

test.each<[string, FeatureLevels | null, string]>([
  ["that never answers", null, "broker-2 does not say its levels"],
  ["at another level", { ...formatted, "transaction.version": 0 }, "broker-2 has transaction.version 0 instead of 2"],
  ["without a level", { "metadata.version": 27 }, "broker-2 has transaction.version 0 instead of 2"],
  ["with one more", { ...formatted, "share.version": 1 }, "broker-2 has share.version 1 instead of 0"],
  [
    "that ignored its format",
    {},
    "broker-2 has metadata.version 0 instead of 27; broker-2 has transaction.version 0 instead of 2",
  ],
])("a broker %s ends the run, with its levels in words", async (_, levels, words) => {
  const ask = brokersThatSay([formatted], [levels]);
  await expect(agreedLevels(cluster, { signal: never, ask, timeoutMs: 120 })).rejects.toMatchObject({
    code: "environment-unavailable",
    message: `The brokers do not have the feature levels that their storage was formatted with: ${words}.`,
  });
});

test("an interruption stays one", async () => {
  const ask = brokersThatSay([null], [null]);
  const why = new Error("called off");
  await expect(agreedLevels(cluster, { signal: AbortSignal.abort(why), ask })).rejects.toBe(why);
});
