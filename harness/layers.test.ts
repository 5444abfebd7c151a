import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";

/** One file: where it lies, what it imports (local ones resolved to paths from the root), and its code without comments. */
interface Source {
  readonly path: string;
  readonly imports: readonly string[];
  /** Those of `imports` that are there at run time; the others are types only. */
  readonly loads: readonly string[];
  readonly code: string;
  readonly lines: number;
}

function sourceOf(path: string, text: string): Source {
  const code = text.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/^\s*\/\/.*$/gm, "");
  const named = (patterns: readonly RegExp[]): string[] =>
    patterns
      .flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = ""]) => name))
      .map((name) => (name.startsWith(".") ? posix.join(posix.dirname(path), name) : name));
  const values = [
    /^\s*(?:import|export)\s(?!type\b)[^;"']*?\bfrom\s*"([^"]+)"/gm,
    /^\s*import\s*"([^"]+)"/gm,
    /await import\(\s*"([^"]+)"/g,
  ];
  const types = [/^\s*(?:import|export)\stype\b[^;"']*?\bfrom\s*"([^"]+)"/gm, /(?<!await )\bimport\(\s*"([^"]+)"/g];
  const loads = named(values);
  return { path, imports: [...loads, ...named(types)], loads, code, lines: text.split("\n").length - 1 };
}

const all = globSync("{harness,images,pipelines,reference-pipeline,reports}/**/*.{ts,mjs}", {
  cwd: `${import.meta.dirname}/..`,
})
  .map((path) => path.replaceAll("\\", "/"))
  .toSorted()
  .map((path) => sourceOf(path, readFileSync(`${import.meta.dirname}/../${path}`, "utf8")));
/** Tests and their fixtures may wire real parts across folders; the rules below are for the rest. */
const sources = all.filter(({ path }) => !/\.(test|fixture)\.ts$/.test(path));

const inHarness = (...names: readonly string[]): string[] => names.map((name) => `harness/${name}`);
const pure = [
  ...inHarness("plan", "preflight", "program", "audit", "facts", "checkers", "verdict", "summary", "prove"),
  "reports",
];
const effectful = inHarness(
  "environment",
  "members",
  "admin",
  "faults",
  "workload",
  "upgrade",
  "evidence",
  "history",
  "query",
);
const given = inHarness("scenario", "pipeline");

/** Folder → what it may import besides itself. `run`, `check`, `plant` and `cli` wire, and have their own rule. */
const mayImport: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["harness/model", []],
  ["harness/base", ["harness/model"]],
  ["harness/bootstrap", []],
  ["images", ["harness/bootstrap"]],
  ...[...pure, ...effectful, ...given].map((folder): [string, string[]] => [folder, inHarness("model", "base")]),
  ["harness/checkers", inHarness("model", "base", "facts")],
  ["harness/plan", inHarness("model", "base", "program")],
  ["harness/scenario", inHarness("model", "base", "preflight", "program")],
]);
/** Data, not code: the versions and images that the bootstrap and images/ make and the environment starts. */
const pinned: readonly string[] = ["harness/bootstrap/pinned.json", "harness/bootstrap/images.json"];

const isLocal = (name: string): boolean => /^(harness|images|pipelines|reference-pipeline|reports)\//.test(name);
const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

function breaches(of: readonly Source[], isBreach: (source: Source, name: string) => boolean): string[] {
  return of.flatMap((source) =>
    source.imports.filter((name) => isBreach(source, name)).map((name) => `${source.path} imports ${name}`),
  );
}

function layerBreaches(of: readonly Source[]): string[] {
  return breaches(of, ({ path }, name) => {
    const folder = [...mayImport.keys()].find((folder) => isIn(path, folder));
    if (folder === undefined || !isLocal(name) || pinned.includes(name)) return false;
    return ![folder, ...(mayImport.get(folder) ?? [])].some((allowed) => isIn(name, allowed));
  });
}

test("each folder of the harness imports model, base and itself, nothing else", () => {
  expect(layerBreaches(sources)).toEqual([]);
});

test("the rule sees a breach in every form of import", () => {
  const source = sourceOf(
    "harness/faults/crash.ts",
    [
      `import { a } from "../upgrade/journal.ts";`,
      `export type { B } from "../evidence/tail.ts";`,
      `const c = await import("../run/run.ts");`,
      `type D = import("../cli/words.ts").Words;`,
      `import "../../reports/html/html.ts";`,
      `// import { e } from "../history/reader.ts";`,
      `import type { F } from "../model/fault.ts";`,
    ].join("\n"),
  );
  expect(layerBreaches([source])).toEqual(
    [
      "harness/upgrade/journal.ts",
      "reports/html/html.ts",
      "harness/run/run.ts",
      "harness/evidence/tail.ts",
      "harness/cli/words.ts",
    ].map((name) => `harness/faults/crash.ts imports ${name}`),
  );
});

test("run and check wire everything below cli: check may use run, and only cli, index and the test tool plant use both", () => {
  const users: ReadonlyMap<string, readonly string[]> = new Map([
    ["harness/run", inHarness("run", "check", "plant", "cli", "index.ts")],
    ["harness/check", inHarness("check", "plant", "cli", "index.ts")],
    ["harness/plant", inHarness("plant")],
    ["harness/cli", inHarness("cli", "index.ts")],
    ["harness/index.ts", []],
  ]);
  for (const [folder, allowed] of users)
    expect(
      breaches(sources, ({ path }, name) => isIn(name, folder) && !allowed.some((user) => isIn(path, user))),
    ).toEqual([]);
});

test("the pipeline under test knows nothing of the harness, and the harness starts it instead of importing it", () => {
  expect(
    breaches(sources, ({ path }, name) => isIn(path, "reference-pipeline") && /^(harness|reports)\//.test(name)),
  ).toEqual([]);
  expect(
    breaches(sources, ({ path }, name) => !isIn(path, "reference-pipeline") && isIn(name, "reference-pipeline")),
  ).toEqual([]);
  expect(breaches(sources, ({ path }, name) => isIn(path, "pipelines") && isLocal(name))).toEqual([]);
  expect(breaches(sources, (_, name) => isIn(name, "pipelines"))).toEqual([]);
});

test("pipeline and specification are written apart: only the in-memory judge sees both", () => {
  const specification = "reference-pipeline/specification.ts";
  expect(breaches(sources, ({ path }, name) => path === specification && isLocal(name))).toEqual([]);
  expect(
    breaches(sources, ({ path }, name) => name === specification && !isIn(path, "reference-pipeline/memory")),
  ).toEqual([]);
});

test("pure folders have no clock, no chance and no I/O: of packages only zod, of globals nothing that acts", () => {
  const within = sources.filter(({ path }) => [...pure, "harness/model"].some((folder) => isIn(path, folder)));
  expect(breaches(within, (_, name) => !isLocal(name) && name !== "zod")).toEqual([]);
  const acting =
    /\b(?:setTimeout|setInterval|fetch)\(|\bperformance\.now|\bconsole\.|\bprocess\.(?:env|std|hrtime|argv|exit|cwd|on)/;
  expect(within.filter(({ code }) => acting.test(code)).map(({ path }) => path)).toEqual([]);
});

test("the job's core and the specification are pure too: a hash and Avro are all they take from outside", () => {
  const within = sources.filter(
    ({ path }) => isIn(path, "reference-pipeline/core") || path === "reference-pipeline/specification.ts",
  );
  expect(breaches(within, (_, name) => !isLocal(name) && !["node:crypto", "avsc"].includes(name))).toEqual([]);
  expect(within.filter(({ code }) => /\basync\b|\bawait\b|\bsetTimeout\(|\bperformance\./.test(code))).toEqual([]);
});

test("wall clock and chance are base's alone", () => {
  const found = sources.filter(
    ({ path, code }) =>
      path.endsWith(".ts") && !isIn(path, "harness/base") && /\bDate\.now\b|\bMath\.random\b|\bnew Date\(/.test(code),
  );
  expect(found.map(({ path }) => path)).toEqual([]);
});

test("only base hashes; from node:crypto run and cli take the chance that lies outside the plan: run id, fresh seed", () => {
  const within = sources.filter(({ path }) => isIn(path, "harness") && path.endsWith(".ts"));
  const mayDraw = [...inHarness("run", "cli"), "harness/base/digest.ts"];
  expect(
    breaches(within, ({ path }, name) => name === "node:crypto" && !mayDraw.some((folder) => isIn(path, folder))),
  ).toEqual([]);
  expect(within.filter(({ code }) => /\bcreateHash\b/.test(code)).map(({ path }) => path)).toEqual([
    "harness/base/digest.ts",
  ]);
});

test("what runs before anything is installed uses built-ins only", () => {
  const within = sources.filter(({ path }) => isIn(path, "harness/bootstrap") || isIn(path, "images"));
  expect(breaches(within, (_, name) => !isLocal(name) && !name.startsWith("node:"))).toEqual([]);
});

test("no file imports itself through others, types included; in the reference pipeline none loads itself", () => {
  const graph = new Map(
    sources.map(({ path, imports, loads }) => [
      path,
      (isIn(path, "reference-pipeline") ? loads : imports).filter(isLocal),
    ]),
  );
  expect(cycles(graph)).toEqual([]);
  expect(
    cycles(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
  ).toEqual(["b → c → b"]);
});

/** Each cycle once, found by depth-first search. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (done.has(path) || trail.includes(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

test("a file has at most 400 lines, and the name of what it holds", () => {
  expect(all.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  const vague = /\/(?:utils?|helpers?|common|manager|misc|service)\.(?:ts|mjs)$/;
  expect(all.filter(({ path }) => vague.test(path) || !/^[a-z0-9./-]+$/.test(path)).map(({ path }) => path)).toEqual(
    [],
  );
});
