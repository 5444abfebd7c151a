import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { rollproof } from "../cli/spawned.fixture.ts";
import { reference } from "../pipeline/reference.ts";
import { root } from "../run/provenance.ts";
import { specificationDigest } from "../run/specification/digest.ts";
import { judgeRun, type JudgeOptions } from "./judge-run.ts";
import { readJudged } from "./report.ts";
import { consistent, plan, writeRun, type Written } from "./run-directory.fixture.ts";

let digest = "";
beforeAll(async () => {
  digest = await specificationDigest(join(root, reference.specificationPath ?? ""));
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-check-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The words of the verdict over a run directory of which something was changed; no verdict but unknown is written. */
async function reasonsOf(change: (run: Written) => Partial<Written>, options: JudgeOptions = {}): Promise<string> {
  const directory = scratch();
  const run = consistent(digest);
  await writeRun(directory, { ...run, ...change(run) });
  const verdict = await judgeRun(directory, options);
  expect(verdict.outcome).toBe("unknown");
  expect(readJudged(directory).verdict).toEqual(verdict);
  return verdict.reasons.join("\n");
}

const notOneRun = "Restore the files of one run";

/** The plan changed, with every digest of it mended. */
function withPlan(run: Written, edited: object, text = canonicalJson(edited)): Partial<Written> {
  const planSha256 = sha256(text);
  return {
    planText: text,
    info: { ...run.info, versions: { ...run.info.versions, planSha256 } },
    started: { ...run.started, planSha256 },
  };
}

test("of a directory that holds one run, only the run itself is doubted", async () => {
  const reasons = await reasonsOf(() => ({}));
  expect(reasons).not.toContain(notOneRun);
  expect(reasons).toContain("The groups were not drained");
});

describe("a directory that is put together or edited is unknown, and what differs is named:", () => {
  test.each<[string, (run: Written) => Partial<Written>, string]>([
    [
      "the history of another run",
      ({ started }) => ({ started: { ...started, runId: "20260101-000000-0000000b" } }),
      'run-started gives the run id "20260101-000000-0000000b"',
    ],
    [
      "a host factor that was raised",
      ({ info }) => ({ info: { ...info, hostFactor: 3 } }),
      "run-started gives the host factor 1.5, run.json 3",
    ],
    [
      "a damaged payload",
      ({ sent }) => ({ sent: sent.map((record, i) => (i === 5 ? { ...record, value: `${record.value} ` } : record)) }),
      "1 records of payments-",
    ],
    ["too few inputs", ({ sent }) => ({ sent: sent.slice(0, 7) }), "Only 7 of 12 planned inputs of payments were sent"],
    [
      "no upgrade",
      (run) => withPlan(run, { ...plan, program: [] }),
      "program: the scenario and seed give 10 entries, the plan has 0 entries",
    ],
    [
      "a weaker guarantee in plan and digests",
      (run) => withPlan(run, { ...plan, scenario: { ...plan.scenario, guarantee: "at-least-once" } }),
      'scenario.guarantee: scenario.yaml has "exactly-once", the plan has "at-least-once"',
    ],
    [
      "a plan in another form",
      (run) => withPlan(run, plan, JSON.stringify(plan)),
      "or is not written as rollproof writes it",
    ],
    [
      "a plan whose digest was not mended",
      (run) => ({ planText: canonicalJson({ ...plan, mutant: "off-by-one" }), info: run.info }),
      "is not the plan that this run carried out",
    ],
    ["a plan that was cut", ({ planText }) => ({ planText: planText.slice(0, 100) }), "plan.json:"],
  ])("%s", async (_, change, words) => {
    expect(await reasonsOf(change)).toContain(words);
  });
});

describe("a specification", () => {
  /** The reference's specification with the second stage's fold replaced by this code. */
  function specification(step: string): string {
    const folder = scratch();
    writeFileSync(join(folder, "late.cjs"), "");
    const file = join(folder, "specification.ts");
    const real = join(root, reference.specificationPath ?? "");
    writeFileSync(
      file,
      `import { createRequire } from "node:module";
import { specification as real } from ${JSON.stringify(real)};
const require = createRequire(import.meta.url);
const [name, stage] = Object.entries(real.stages)[0];
const start = (partition) => { const fold = stage.start(partition); return { step: (record) => { ${step} } }; };
export const specification = { stages: { ...real.stages, [name]: { ...stage, start } } };`,
    );
    return file;
  }

  test.each([
    ["loops", "for (;;);", /did not come back from step of velocity-\d at offset \d+ in time/],
    [
      "loops when it is asked for a state",
      "const { outputs } = fold.step(record); return { outputs: outputs.map((one) => ({ ...one, get key() { for (;;); } })), changes: [] };",
      /did not come back from step of velocity-\d/,
    ],
    ["ends the process", "process.exit(0);", /The process that judges ended \(exit code 0\)/],
    [
      "loads code late",
      'require("./late.cjs"); return fold.step(record);',
      /The specification loaded file:\S+late\.cjs after its import/,
    ],
  ])("that %s is stopped and named", async (_, step, words) => {
    expect(await reasonsOf(() => ({}), { specification: specification(step), callMsMax: 2_000 })).toMatch(words);
  });

  test("that uses up the memory leaves an unknown verdict that says so, not a dead command", async () => {
    const directory = scratch();
    await writeRun(directory, consistent(digest));
    const file = specification("for (const kept = []; ; ) kept.push(new Array(1_000_000).fill(0.5));");
    const spawned = rollproof(["check", directory, "--specification", file], {
      NODE_OPTIONS: "--max-old-space-size=200",
    });
    expect(await spawned.exit).toBe(2);
    expect(readJudged(directory).verdict).toMatchObject({
      outcome: "unknown",
      reasons: [expect.stringMatching(/^Judging ran out of memory: .* in the specification's step of velocity-/)],
    });
  });

  test("in place of the recorded one is judged by when it is asked for, and named in the verdict", async () => {
    const file = specification("return fold.step(record);");
    const directory = scratch();
    await writeRun(directory, consistent(digest));
    const { judgedBy } = await judgeRun(directory, { specification: file });
    expect(judgedBy).toEqual({ path: file, sha256: await specificationDigest(file) });
  });

  test("that has changed since is refused with the option that judges by it, and the earlier verdict stays", async () => {
    const directory = scratch();
    await writeRun(directory, consistent("0".repeat(64)));
    const before = readFileSync(join(directory, "verdict.json"), "utf8");
    const error: unknown = await judgeRun(directory).catch((thrown: unknown) => thrown);
    if (!(error instanceof RollproofError)) throw new Error("No error was thrown.");
    expect(error.code).toBe("specification-changed");
    expect(error.remedy).toContain("`rollproof check --specification reference-pipeline/specification.ts <run dir>`");
    expect(readFileSync(join(directory, "verdict.json"), "utf8")).toBe(before);
  });
});
