import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseArguments } from "./cli/arguments.ts";
import { knownKeys } from "./scenario/schema.ts";

/** What the sources and the documents tell a reader to type or to change, and where. */
interface Advice {
  readonly file: string;
  readonly text: string;
}

const root = `${import.meta.dirname}/..`;
const files = (pattern: string): readonly Advice[] =>
  globSync(pattern, { cwd: root })
    .filter((file) => !/\.(test|fixture)\./.test(file) && !file.includes("node_modules"))
    .map((file) => ({ file, text: readFileSync(`${root}/${file}`, "utf8") }));

/** The text of string and template literals; what is put into a template counts as a word. Imported paths are left out. */
function literals(code: string): readonly string[] {
  const bare = code.replaceAll(/^\s*(?:import|export)\b.*?from\s*"[^"]+";/gms, "");
  const found: string[] = [];
  for (const [, double, template] of bare.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/gs))
    found.push((double ?? template ?? "").replaceAll(/\$\{[^}]*\}/g, " x ").replaceAll("\\`", "`"));
  return found.filter((text) => text.includes(" "));
}

const inSources = files("{harness,reports,images}/**/*.{ts,mjs}").flatMap(({ file, text }) =>
  literals(text).map((literal) => ({ file, text: literal })),
);
const inDocuments = files("{README.md,docs/*.md}").flatMap(({ file, text }) =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => ({ file, text: code })),
);
const advice = [...inSources, ...inDocuments];

/** `gates.timeout` and the like: a section of a scenario file, and a key that may stand in it. */
const sections = [...knownKeys.keys()].filter((path) => path !== "" && !path.includes("."));
const dotted = new RegExp(`(?<![\\w./-])(${sections.join("|")})\\.([a-z][A-Za-z-]*)(?![\\w/(])`, "g");
/** Files are named like keys. */
const suffixes = ["ts", "json", "ndjson", "yaml", "log", "md"];

function strayKeys(of: readonly Advice[]): readonly string[] {
  return of.flatMap(({ file, text }) =>
    [...text.matchAll(dotted)]
      .filter(([, section = "", key = ""]) => !suffixes.includes(key) && knownKeys.get(section)?.includes(key) !== true)
      .map(([written]) => `${file}: ${written}`),
  );
}

/** What `rollproof VERB …` and `npm run -s rollproof -- VERB …` would be refused for. */
function strayCommands(of: readonly Advice[]): readonly string[] {
  return of.flatMap(({ file, text }) =>
    [...text.matchAll(/(?:npm run -s rollproof --|`rollproof) ([a-z][^`]*?)(?:`|$)/g)].flatMap(([, words = ""]) => {
      const argv = words
        .replaceAll(/<[^>]*>/g, "x")
        .replaceAll("…", "")
        .split(/\s+/)
        .filter((word) => word !== "");
      return refusal(argv).map((why) => `${file}: ${words}: ${why}`);
    }),
  );
}

function refusal(argv: readonly string[]): readonly string[] {
  try {
    parseArguments(argv);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const scripts = [...readFileSync(`${root}/package.json`, "utf8").matchAll(/^ {4}"([a-z:]+)": "/gm)].map(
  ([, name]) => name,
);

function strayScripts(of: readonly Advice[]): readonly string[] {
  return of.flatMap(({ file, text }) =>
    [...text.matchAll(/\bnpm run (?:-s )?([a-z:]+)/g)]
      .filter(([, script = ""]) => !scripts.includes(script))
      .map(([written]) => `${file}: ${written}`),
  );
}

test("every key of a scenario that a message or a document names exists", () => {
  // A pipeline's description has keys of its own.
  expect(strayKeys(advice.filter(({ file }) => file !== "docs/writing-a-pipeline.md"))).toEqual([]);
});

test("every command that a message or a document names is taken", () => {
  expect(strayCommands(advice)).toEqual([]);
});

test("every npm script that a message or a document names exists", () => {
  expect(strayScripts(advice)).toEqual([]);
});

test("the rules see a stray key, command and script, and leave code, files and good advice alone", () => {
  const code =
    'import { a } from "./gates.ts";\nconst b = upgrade.settled;\nsay("Raise gates.timeoutMs or upgrade.dwell.");';
  const said = [
    ...literals(code),
    "Run `rollproof chekc <run dir>`, `rollproof check <run dir> --seed 1`.",
    "Read gates.ts.",
  ];
  const of = [...said, "npm run -s imagse"].map((text) => ({ file: "a", text }));
  expect(strayKeys(of)).toEqual(["a: gates.timeoutMs"]);
  expect(strayCommands(of)).toEqual([
    'a: chekc <run dir>: There is no verb "chekc".',
    "a: check <run dir> --seed 1: `check` does not take --seed.",
  ]);
  expect(strayScripts(of)).toEqual(["a: npm run -s imagse"]);
});

test("there is advice to test", () => {
  const count = (pattern: RegExp): number => advice.filter(({ text }) => text.search(pattern) >= 0).length;
  expect(count(dotted)).toBeGreaterThan(3);
  expect(count(/rollproof (?:clean|check|doctor)/)).toBeGreaterThan(5);
});
