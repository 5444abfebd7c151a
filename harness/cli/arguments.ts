import { parseArgs } from "node:util";
import { didYouMean, display } from "../base/did-you-mean.ts";
import { RollproofError } from "../base/errors.ts";
import { environmentChoices, type EnvironmentChoice } from "../model/environment.ts";

export const verbs = [
  "run",
  "plan",
  "check",
  "report",
  "events",
  "query",
  "prove",
  "list",
  "doctor",
  "clean",
  "help",
  "version",
] as const;
export type Verb = (typeof verbs)[number];

export interface Arguments {
  readonly verb: Verb;
  readonly positionals: readonly string[];
  readonly seed: string | null;
  readonly environment: EnvironmentChoice;
  readonly out: string | null;
  readonly timeoutMs: number | null;
  /** Null: as the scenario says; "none": the correct pipeline. */
  readonly mutant: string | null;
  readonly asExpected: boolean;
  readonly json: boolean;
  readonly plan: string | null;
  /** `check`: the specification to judge by; null: the recorded one. */
  readonly specification: string | null;
  /** `prove`: the folder of the mutants' scenarios; null: scenarios/mutants. */
  readonly mutants: string | null;
  /** `prove`: seeds 1 to this; null: the usual number. */
  readonly seeds: number | null;
  /** `prove`: no run begins after this long; null: all of them do. */
  readonly budgetMs: number | null;
  /** `query`: a ready question; null: the SELECT is written. */
  readonly ask: string | null;
  /** `query`: list what can be asked. */
  readonly tables: boolean;
  /** `clean`: how many of the newest run directories stay; null: all. */
  readonly keep: number | null;
}

const options = {
  seed: { type: "string" },
  environment: { type: "string" },
  out: { type: "string" },
  timeout: { type: "string" },
  mutant: { type: "string" },
  "as-expected": { type: "boolean" },
  json: { type: "boolean" },
  plan: { type: "string" },
  specification: { type: "string" },
  mutants: { type: "string" },
  seeds: { type: "string" },
  budget: { type: "string" },
  ask: { type: "string" },
  tables: { type: "boolean" },
  keep: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** Options that a verb takes; any other is refused by name, never ignored. */
const taken: Readonly<Record<Verb, readonly (keyof typeof options)[]>> = {
  run: ["seed", "environment", "out", "timeout", "mutant", "as-expected", "json", "plan"],
  plan: ["seed", "mutant", "out"],
  check: ["specification", "as-expected", "json"],
  report: ["json"],
  events: [],
  query: ["ask", "tables", "json"],
  prove: ["mutants", "seeds", "budget", "environment", "out", "json"],
  list: ["json"],
  doctor: ["json"],
  clean: ["keep", "out", "json"],
  help: [],
  version: [],
};

/** Verbs that name neither a file nor a folder. */
const takesNoName: readonly Verb[] = ["list", "doctor", "clean", "version", "prove"];

/** The command line, checked. Throws `usage` with what was expected. */
export function parseArguments(argv: readonly string[]): Arguments {
  const parsed = parse(argv);
  const [word = "help", ...positionals] = parsed.positionals;
  const verb = verbs.find((known) => known === word);
  if (verb === undefined)
    throw usage(`There is no verb ${display(word)}.${didYouMean(word, verbs)}`, `Use one of: ${verbs.join(", ")}.`);
  if (parsed.values.help === true) return { ...nothing, verb: "help" };
  if (parsed.values.version === true) return { ...nothing, verb: "version" };
  const names = Object.keys(parsed.values);
  const stray = names.find((name) => !taken[verb].some((allowed) => allowed === name));
  if (stray !== undefined)
    throw usage(
      `\`${verb}\` does not take --${stray}.`,
      `It takes: ${taken[verb].map((name) => `--${name}`).join(", ") || "no option"}.`,
    );
  const [extra] = positionals;
  if (extra !== undefined && takesNoName.some((alone) => alone === verb))
    throw usage(`\`${verb}\` takes no ${display(extra)}.`, `Write only: ${verb}`);
  const { values } = parsed;
  return {
    verb,
    positionals,
    seed: values.seed ?? null,
    environment: environmentOf(values.environment),
    out: values.out ?? null,
    timeoutMs: values.timeout === undefined ? null : durationOf("--timeout", values.timeout),
    mutant: values.mutant ?? null,
    asExpected: values["as-expected"] === true,
    json: values.json === true,
    plan: values.plan ?? null,
    specification: values.specification ?? null,
    mutants: values.mutants ?? null,
    seeds: values.seeds === undefined ? null : seedCountOf(values.seeds),
    budgetMs: values.budget === undefined ? null : durationOf("--budget", values.budget),
    ask: values.ask ?? null,
    tables: values.tables === true,
    keep: values.keep === undefined ? null : countOf(values.keep),
  };
}

const nothing: Omit<Arguments, "verb"> = {
  positionals: [],
  seed: null,
  environment: "auto",
  out: null,
  timeoutMs: null,
  mutant: null,
  asExpected: false,
  json: false,
  plan: null,
  specification: null,
  mutants: null,
  seeds: null,
  budgetMs: null,
  ask: null,
  tables: false,
  keep: null,
};

function parse(argv: readonly string[]) {
  try {
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true, tokens: true });
    const given = parsed.tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    const twice = given.find((name, i) => given.indexOf(name) !== i);
    if (twice !== undefined) throw usage(`--${twice} is given twice.`, "Give it once.");
    return parsed;
  } catch (error) {
    throw error instanceof RollproofError ? error : unparsed(error instanceof Error ? error.message : String(error));
  }
}

/** What the argument parser could not take, in words of ours. */
function unparsed(message: string): RollproofError {
  const [, written] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
  const known = Object.keys(options).map((name) => `--${name}`);
  if (written !== undefined)
    return usage(`There is no option ${display(written)}.${didYouMean(written, known)}`, `Known: ${known.join(", ")}.`);
  const [, option] = /'(?:-\w, )?(--[a-z-]+)/.exec(message) ?? [];
  const takesText = Object.entries(options).some(([name, { type }]) => `--${name}` === option && type === "string");
  if (option === undefined) return usage(message.split("\n", 1)[0] ?? message, "Read `npm run -s rollproof -- help`.");
  return takesText
    ? usage(`${option} needs a value.`, `Write ${option} VALUE, or ${option}=VALUE when the value begins with a dash.`)
    : usage(`${option} takes no value.`, `Write only ${option}.`);
}

function environmentOf(text = "auto"): EnvironmentChoice {
  const choice = environmentChoices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw usage(
    `--environment ${display(text)} is not known.${didYouMean(text, environmentChoices)}`,
    `Use one of: ${environmentChoices.join(", ")}.`,
  );
}

function countOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw usage(`--keep ${display(text)} is not a number of runs.`, "Write for example --keep 10.");
}

function seedCountOf(text: string): number {
  const seeds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seeds > 0) return seeds;
  throw usage(`--seeds ${display(text)} is not a number of seeds from 1 to 9999.`, "Write for example --seeds 3.");
}

/** `90s`, `1500ms`, `5m`, or a bare number of seconds; between one second and six hours. */
function durationOf(option: string, text: string): number {
  const match = /^(\d{1,9})(ms|s|m)?$/.exec(text);
  const unit = { ms: 1, s: 1_000, m: 60_000 }[match?.[2] ?? "s"] ?? 1_000;
  const ms = match === null ? Number.NaN : Number(match[1]) * unit;
  if (!(ms >= 1_000 && ms <= 21_600_000))
    throw usage(
      `${option} ${display(text)} is not a duration from 1s to 6h.`,
      `Write for example ${option} 120s or ${option} 5m.`,
    );
  return ms;
}

function usage(what: string, remedy: string): RollproofError {
  return new RollproofError("usage", what, { remedy });
}

export const helpText = `rollproof: is every record still counted exactly once while you roll from one version to the next?

  run <scenario…>        plan, run, check and report; exit 0 valid, 1 invalid, 2 unknown
      --plan FILE          run this plan.json again instead of a scenario
      --seed N             64-bit seed (default: drawn, and printed first)
      --environment KIND   auto | process | docker; auto says what it chose and why
      --out DIR            where the run directories go (default .rollproof/runs)
      --timeout TIME       end the run as unknown after this long (90s, 5m)
      --mutant NAME        plant a bug; none: the correct pipeline
      --as-expected        exit 0 when every scenario ends as its own \`expect\` says
      --json               the verdict as JSON on stdout, words on stderr
  plan <scenario> --out FILE [--seed N] [--mutant NAME]
  check <run dir>        judge a recorded history again; exits like run
      --specification FILE judge by this specification, not by the recorded one
  report <run dir>       write report.html and junit.xml from verdict.json and summary.json
  events <run dir>       the events of a recorded history, one JSON a line
  query <run dir> SQL    ask the ledger of a recorded history: one SELECT
      --ask QUESTION       a ready question instead, such as restore-times
      --tables             what can be asked
      --json               every row as a line of JSON
  prove                  run every planted bug, and its scenario without the bug; write the score
      --mutants DIR        the folder of their scenarios (default scenarios/mutants)
      --seeds N            each at seeds 1 to N (default 3)
      --budget TIME        begin no run after this long; the same command goes on later
      --out DIR            where results and score go (default .rollproof/prove)
  list                   scenarios, pipelines, mutants, faults, invariants
  doctor                 what this machine has and lacks
  clean                  end and remove what a crash left behind
      --out DIR            where its runs went, when not to .rollproof/runs
      --keep N             remove all but the newest N run directories too
  version                rollproof's own version; also --version

Exit codes: 0 valid, 1 invalid, 2 unknown, 64 usage or bad scenario, 65 the pipeline did not start or is not recognised, 69 environment not available, 70 our own defect, 130 interrupted, 141 output closed by its reader.
`;
