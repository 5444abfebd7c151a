import { expect, test } from "vitest";
import { head, parse, problems } from "./parsed.fixture.ts";

test("levels that an upgrade must keep are kept in milliseconds and counts, and those that the pipeline cannot tell are refused", () => {
  const slo = "upgrade: { slo: { output-latency-p99: 2s, checkpoint-age: 1m, restarts: 0, backlog-growth: 50 } }\n";
  expect(parse(`${head}${slo}`).upgrade.slo).toEqual({
    "output-latency-p99": 2_000,
    "checkpoint-age": 60_000,
    restarts: 0,
    "backlog-growth": 50,
  });
  expect(problems(`${head.replace("reference", "silent")}${slo}`)).toEqual([
    "5:59: silent tells of no checkpoints: leave checkpoint-age out",
  ]);
});

test.each([
  [
    "availability: { gap-in: { restor: 5s } }",
    /^5:27: unknown key "restor" in availability.gap-in. Did you mean "restore"\?/u,
  ],
  [
    "upgrade: { hold-sources: { after: 50s, for: 11s } }",
    "5:26: after and for are 61000 ms together, above gates.timeout, 60000 ms: lower them, or raise it",
  ],
  ["upgrade: { hold-sources: { after: 5s } }", "5:26: upgrade.hold-sources.for is missing"],
  [
    "upgrade: { hold-source: { for: 5s } }",
    /^5:12: unknown key "hold-source" in upgrade. Did you mean "hold-sources"\?/u,
  ],
  [
    "upgrade: { slo: { output-latency-p9: 2s } }",
    /^5:19: unknown key "output-latency-p9" in upgrade.slo. Did you mean "output-latency-p99"\?/u,
  ],
  ["upgrade: { slo: { output-latency-p99: 2 } }", /^5:39: upgrade.slo.output-latency-p99: expected a duration/u],
  ["upgrade: { slo: { restarts: -1 } }", "5:29: upgrade.slo.restarts: too small: expected number to be >=0, got -1"],
])("%s is refused, with the place and what to change", (line, problem) => {
  expect(problems(`${head}${line}\n`)).toEqual([
    typeof problem === "string" ? problem : expect.stringMatching(problem),
  ]);
});
