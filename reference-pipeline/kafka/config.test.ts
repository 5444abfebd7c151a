import { expect, test } from "vitest";
import { readSettings, SettingsError } from "./config.ts";

const timings = {
  sessionTimeoutMs: 2_000,
  heartbeatIntervalMs: 400,
  rebalanceTimeoutMs: 5_000,
  maxWaitMs: 200,
  requestTimeoutMs: 2_000,
  transactionTimeoutMs: 6_000,
  transactionScanMs: 200,
  brokerSessionTimeoutMs: 2_000,
};
const environment = {
  ROLLPROOF_MEMBER: "member-1",
  ROLLPROOF_INCARNATION: "2",
  ROLLPROOF_BOOTSTRAP: "127.0.0.1:9001,127.0.0.1:9002",
  ROLLPROOF_DATA_DIR: "/data",
  ROLLPROOF_CONFIG: JSON.stringify({ partitions: 6, timings, mutant: null }),
};

function refusal(argv: readonly string[], over: Readonly<Record<string, string | undefined>>): string {
  try {
    readSettings(argv, { ...environment, ...over }, ["v1", "v2"]);
    return "accepted";
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

test("what the environment says becomes settings, with the stages of the documentation by default", () => {
  const settings = readSettings(["--version", "v2"], environment, ["v1", "v2"]);
  const { config, ...rest } = settings;
  expect(rest).toEqual({
    version: "v2",
    member: "member-1",
    incarnation: 2,
    bootstrap: ["127.0.0.1:9001", "127.0.0.1:9002"],
    dataDirectory: "/data",
    control: { host: "127.0.0.1", port: 0 },
  });
  expect(config.stages.map(({ source, sink }) => [source, sink])).toEqual([
    ["payments", "by-merchant"],
    ["by-merchant", "settlements"],
  ]);
});

test("a version that does not exist, or none, is refused with those that do", () => {
  expect(refusal(["--version", "v9"], {})).toMatch(/--version v1\|v2/);
  expect(refusal([], {})).toMatch(/not: none/);
});

test("each wrong variable is named with what was expected", () => {
  const text = refusal(["--version", "v1"], {
    ROLLPROOF_MEMBER: undefined,
    ROLLPROOF_INCARNATION: "first",
    ROLLPROOF_BOOTSTRAP: "nowhere",
  });
  expect(text).toMatch(/ROLLPROOF_MEMBER: [^]*ROLLPROOF_INCARNATION: expected a whole number[^]*ROLLPROOF_BOOTSTRAP: /);
});

test("a config that is not JSON, misspelt or out of bounds is refused by its path", () => {
  const config = (value: unknown): string => refusal(["--version", "v1"], { ROLLPROOF_CONFIG: JSON.stringify(value) });
  expect(refusal(["--version", "v1"], { ROLLPROOF_CONFIG: "{" })).toMatch(/is not JSON/);
  expect(config({ partitions: 6, timings, mutnat: null })).toMatch(/mutnat/);
  expect(config({ partitions: 0, timings })).toMatch(/partitions: /);
  expect(config({ partitions: 6, timings: { ...timings, maxWaitMs: "soon" } })).toMatch(/timings\.maxWaitMs: /);
  expect(config({ partitions: 6, timings, points: [{ point: "nowhere", stage: "velocity" }] })).toMatch(
    /points\.0\.point: /,
  );
});
