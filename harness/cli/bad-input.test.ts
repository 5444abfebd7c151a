import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorExits, RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import type { Capability } from "../model/environment.ts";
import { reference } from "../pipeline/reference.ts";
import { makePlan } from "../plan/make-plan.ts";
import { renderPlan } from "../plan/plan-file.ts";
import { makeRunDirectory } from "../run/layout.ts";
import { preflight } from "../run/preflight.ts";
import { judgeRun } from "../check/judge-run.ts";
import { parseArguments } from "./arguments.ts";
import { loadPlan, loadScenarios } from "./load.ts";
import { planVerb } from "./verbs/plan.ts";
import { explain, wordsFor } from "./words.ts";

const scenario = `${import.meta.dirname}/../../scenarios/rolling-upgrade.yaml`;
const inProcesses = { kind: "process", reason: "process: a Docker daemon answers, but has no image" } as const;
const inContainers = { kind: "docker", reason: "docker: asked for" } as const;
const runArgs = parseArguments(["run", scenario]);

/** What a person at the terminal gets for it. */
async function refusal(attempt: () => unknown): Promise<{ readonly exit: number; readonly text: string }> {
  try {
    await attempt();
  } catch (error) {
    const { exit, lines } = explain(error);
    return { exit, text: lines.join("\n") };
  }
  return { exit: 0, text: "nothing was refused" };
}

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "rollproof-bad-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test.each([
  [["runn"], 'There is no verb "runn". Did you mean "run"?'],
  [["run", "--sed", "1"], 'There is no option "--sed". Did you mean "--seed"?'],
  [["run", "--seed", "-1"], "--seed needs a value."],
  [["run", "--mutant"], "--mutant needs a value."],
  [["run", "--json=yes"], "--json takes no value."],
  [["run", "--plan", "a", "--plan", "b"], "--plan is given twice."],
  [["check", "--seed", "1", "x"], "`check` does not take --seed."],
  [["list", "extra"], '`list` takes no "extra".'],
  [["run", "--environment", "moon"], '--environment "moon" is not known.'],
  ...["soon", "0", "1h", "99999m", "-5", ""].map((time): [string[], string] => [
    ["run", `--timeout=${time}`],
    `--timeout "${time}" is not a duration from 1s to 6h.`,
  ]),
])("%j is refused as usage: %s", async (argv, message) => {
  const { exit, text } = await refusal(() => parseArguments(argv));
  expect({ exit, first: text.split("\n")[0] }).toEqual({ exit: 64, first: `error: ${message}` });
  expect(text).toContain("what to do: ");
});

test.each(["abc", "-1", "18446744073709551616", "1.5", ""])(
  "--seed=%s is refused before a plan is made",
  async (seed) => {
    const { exit, text } = await refusal(() =>
      planVerb(parseArguments(["plan", scenario, `--seed=${seed}`, "--out", "p"]), wordsFor(true)),
    );
    expect(exit).toBe(64);
    expect(text).toContain("is not a seed");
  },
);

test("a scenario that is bad, missing or a folder ends everything before the good one is run", async () => {
  await using made = await folder();
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(made.path, name), content);
    return join(made.path, name);
  };
  const bad: readonly [string, RegExp][] = [
    [join(made.path, "nowhere.yaml"), /nowhere\.yaml cannot be read as a scenario/],
    [made.path, /cannot be read as a scenario/],
    [await file("empty.yaml", ""), /empty\.yaml:1:1: /],
    [
      await file(
        "junk.yaml",
        Uint8Array.from({ length: 2_000 }, (_, i) => (i * 7_919) % 256),
      ),
      /junk\.yaml:\d+:\d+: /,
    ],
    [await file("bomb.yaml", "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n"), /bomb\.yaml:2:8: aliases/],
    [await file("deep.yaml", "[".repeat(10_000)), /deep\.yaml:1:1: the file is nested too deeply/],
    [
      await file("huge.yaml", "#".repeat(17 * 1024 * 1024)),
      /huge\.yaml cannot be read as a scenario: it has 17825792 bytes; at most 16777216 are read/,
    ],
    [
      await file("key.yaml", "question: q\npipeline: reference\nfrom: v1\nto: v2\nmembrs: 3\n"),
      /key\.yaml:5:1: unknown key "membrs".*members/,
    ],
  ];
  for (const [path, expected] of bad) {
    const { exit, text } = await refusal(() => loadScenarios({ ...runArgs, positionals: [scenario, path] }, "1"));
    expect(exit, path).toBe(64);
    expect(text).toMatch(expected);
    expect(text).toContain("what to do: ");
    expect(text).not.toContain("    at ");
  }
});

describe("a plan.json edited by hand", async () => {
  const [loaded] = await loadScenarios(runArgs, "1");
  if (loaded === undefined) throw new Error("The default scenario gave no plan.");
  const { plan } = loaded;
  const text = renderPlan(plan);
  const [fault] = plan.faults;
  if (fault === undefined) throw new Error("The default scenario has no fault.");
  const withFault = (change: object): string => canonicalJson({ ...plan, faults: [{ ...fault, ...change }] });

  test.each([
    ["unedited", text, "nothing was refused"],
    [
      "an unknown kind of fault",
      withFault({ kind: "crsh" }),
      /:\d+:\d+: there is no kind of fault "crsh". Did you mean "crash"/,
    ],
    ["a target that is none", withFault({ kind: "crash", target: "the moon" }), /:\d+:\d+: .*the moon/],
    [
      "a member that is not there",
      withFault({ kind: "crash", target: "member-9", params: {} }),
      /there is no member-9; the scenario has 3/,
    ],
    [
      "params of another kind",
      withFault({ kind: "crash", target: "member-1", params: { latencyMs: 1 } }),
      /:\d+:\d+: /,
    ],
    [
      "a point that the pipeline has not at that stage",
      withFault({
        trigger: {
          kind: "point",
          point: "after-send",
          stage: "x",
          partition: 70,
          nth: 1,
          armAfterMs: 0,
          armAfterAct: null,
        },
      }),
      /:\d+:\d+: /,
    ],
    ["an unknown mutant", canonicalJson({ ...plan, mutant: "off-by-on" }), /:\d+:\d+: there is no mutant "off-by-on"/],
    [
      "an unknown version",
      canonicalJson({ ...plan, scenario: { ...plan.scenario, to: "v9" } }),
      /:\d+:\d+: there is no version of reference "v9"/,
    ],
    [
      "an unknown pipeline",
      canonicalJson({ ...plan, scenario: { ...plan.scenario, pipeline: "refrence" } }),
      /:\d+:\d+: there is no pipeline "refrence"/,
    ],
    [
      "versions whose formats do not fit",
      renderPlan(makePlan({ ...plan.scenario, from: "v2", to: "v1" }, { seed: "1", description: reference })),
      /:\d+:\d+: finalise activates output-format-2, which v1 does not know/,
    ],
    ["another seed than its sends'", canonicalJson({ ...plan, seed: "2" }), /:\d+:\d+: .*the scenario and seed give/],
    ["another version of plans", canonicalJson({ ...plan, planVersion: 1 }), /is a plan of version 1/],
    ["a cut", text.slice(0, 500), /:\d+:\d+: the file ends in the midst of its JSON/],
    ["nothing", "", /:1:1: the file ends/],
  ])("with %s is refused with its place, or carried out when it is whole", async (_, content, expected) => {
    await using made = await folder();
    const path = join(made.path, "plan.json");
    await writeFile(path, content);
    const { exit, text: said } = await refusal(() => loadPlan(path));
    expect(said).toMatch(expected);
    expect(exit).toBe(expected === "nothing was refused" ? 0 : 64);
  });

  test("a fault that the environment cannot do is refused, and one that can is named", async () => {
    const crash = { ...plan, faults: [{ ...fault, kind: "crash", target: "member-1", params: {} }] };
    const kinds = new Map<string, ReadonlySet<Capability>>([
      ["process", new Set(["pause-member"])],
      ["docker", new Set(["crash-member", "points"])],
    ]);
    const refused = await refusal(() => preflight(crash, inProcesses, kinds));
    expect(refused.exit).toBe(errorExits["capability-missing"]);
    expect(refused.text).toContain(
      "fault-1 (crash of member-1) needs crash-member, which the environment process lacks.",
    );
    expect(refused.text).toContain(
      "Run it with --environment docker, which has it. (process: a Docker daemon answers, but has no image)",
    );
    expect(await refusal(() => preflight(crash, inContainers, kinds))).toEqual({
      exit: 0,
      text: "nothing was refused",
    });
    expect(await refusal(() => preflight(crash, inProcesses))).toEqual({ exit: 0, text: "nothing was refused" });
  });

  test.each(["broker-1", "leader of settlements-1", "owner of payments-0"])(
    "a full disk of %s is refused where disks have no size of their own, and docker is named",
    async (target) => {
      const full = { ...plan, faults: [{ ...fault, kind: "disk-full", target, params: {} }] };
      const refused = await refusal(() => preflight(full, inProcesses));
      expect([refused.exit, refused.text]).toEqual([
        64,
        expect.stringContaining(`(disk-full of ${target}) needs fill-disk-`),
      ]);
      expect(refused.text).toContain("Run it with --environment docker, which has it.");
      expect(await refusal(() => preflight(full, inContainers))).toEqual({ exit: 0, text: "nothing was refused" });
    },
  );

  test("check refuses a run directory whose files are damaged, with the file's place", async () => {
    await using made = await folder();
    const check = () => refusal(() => judgeRun(made.path));
    expect((await check()).text).toContain("plan.json cannot be read");
    await writeFile(join(made.path, "plan.json"), text);
    await writeFile(join(made.path, "run.json"), '{\n  "runId": "a');
    const cut = await check();
    expect(cut.exit).toBe(64);
    expect(cut.text).toMatch(/run\.json:2:12: /);
    const digest = "0".repeat(64);
    const versions = {
      tool: "1",
      kafka: "1",
      features: {},
      node: "1",
      planSha256: digest,
      specificationSha256: digest,
      pipeline: {},
    };
    const info = {
      runId: "a",
      startedAt: "b",
      environment: "process",
      hostFactor: 1,
      versions,
      specificationPath: null,
    };
    await writeFile(join(made.path, "run.json"), canonicalJson(info));
    const other = await check();
    expect(other.exit).toBe(64);
    expect(other.text).toContain("plan.json is not the plan that this run carried out");
  });
});

test("an --out that is a file or a folder of the wrong sort is refused, not a defect", async () => {
  await using made = await folder();
  const file = join(made.path, "file");
  await writeFile(file, "");
  expect((await refusal(() => makeRunDirectory(join(file, "run")))).exit).toBe(64);
  await mkdir(join(made.path, "taken"));
  const args = parseArguments(["plan", scenario, "--seed", "1", "--out", join(made.path, "taken")]);
  const { exit, text } = await refusal(() => planVerb(args, wordsFor(true)));
  expect({ exit, first: text.split("\n")[0] }).toEqual({
    exit: 64,
    first: `error: The plan cannot be written to ${join(made.path, "taken")}.`,
  });
});

test("a full disk is the machine's trouble, not a defect of ours", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(explain(full).exit).toBe(69);
  expect(explain(new RollproofError("history-unwritable", "x", { remedy: "y" })).exit).toBe(69);
});
