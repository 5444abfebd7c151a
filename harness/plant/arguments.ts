import { parseArgs } from "node:util";
import { didYouMean, display } from "../base/did-you-mean.ts";
import { RollproofError } from "../base/errors.ts";
import { kinds } from "./kinds.ts";
import { histories, type HistoryName } from "./model.ts";

export const usage = `Plants damage in recorded histories, judges each, and counts what came out (docs/detection.md).

Usage: npm run plant -- [options]

  --history NAME   one of ${histories.join(", ")}; may be repeated; default: all
  --kind NAME      a kind of damage, as docs/detection.md lists them; may be repeated; default: all
  --seed N         trial i of a kind has the seed N + i; default: drawn, and printed first
  --trials N       trials of each kind in each history; default: 100, or 1 with --kind and --seed
  --workers N      judgements at once; default: 2
  --record         records the histories anew instead; needs what \`npm start\` needs
  --help, -h       prints this

Without --history and --kind the tables of docs/detection.md are written. Exit code: 0 when every kind comes out right,
1 when one falls below that, 64 for arguments that cannot be read.

  npm run plant -- --kind output-lost --trials 20
  npm run plant -- --history reference --kind output-lost --seed 17`;

const options = {
  history: { type: "string", multiple: true },
  kind: { type: "string", multiple: true },
  seed: { type: "string" },
  trials: { type: "string" },
  workers: { type: "string" },
  record: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export interface PlantArguments {
  readonly histories: Chosen<HistoryName>;
  readonly kinds: Chosen<string>;
  /** null: not given, as below. */
  readonly seed: string | null;
  readonly trials: number | null;
  readonly workers: number | null;
  readonly record: boolean;
  readonly help: boolean;
}

/** Names to work on; `asked`: the command line names them, else they are all there are. */
export interface Chosen<T> {
  readonly names: readonly T[];
  readonly asked: boolean;
}

/** The command line, checked. Throws `usage` with what was expected. */
export function parsePlantArguments(argv: readonly string[]): PlantArguments {
  const { values, tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") throw refused(`It takes no ${display(token.value)}.`);
    if (token.kind !== "option") continue;
    const known = Object.entries(options).find(([name]) => name === token.name);
    if (known === undefined)
      throw refused(`There is no option ${display(token.rawName)}.${didYouMean(token.name, Object.keys(options))}`);
    const [, { type }] = known;
    if (type === "string" && (token.value === undefined || token.value === ""))
      throw refused(`${token.rawName} needs a value.`);
    if (type === "boolean" && token.value !== undefined) throw refused(`${token.rawName} takes no value.`);
  }
  const text = (name: "seed" | "trials" | "workers"): string | null => textsOf(values[name])[0] ?? null;
  return {
    histories: chosen("history", textsOf(values.history), histories),
    kinds: chosen(
      "kind",
      textsOf(values.kind),
      kinds.map(({ name }) => name),
    ),
    seed: seedOf(text("seed")),
    trials: wholeNumber("trials", text("trials")),
    workers: wholeNumber("workers", text("workers")),
    record: values.record === true,
    help: values.help === true,
  };
}

function textsOf(value: string | boolean | undefined | readonly (string | boolean)[]): readonly string[] {
  return [value].flat().flatMap((one) => (typeof one === "string" ? [one] : []));
}

function chosen<T extends string>(what: string, asked: readonly string[], of: readonly T[]): Chosen<T> {
  const unknown = asked.find((name) => !of.some((one) => one === name));
  if (unknown !== undefined)
    throw new RollproofError("usage", `There is no ${what} ${display(unknown)}.${didYouMean(unknown, of)}`, {
      remedy: `Use of these: ${of.join(", ")}.`,
    });
  return { names: asked.length === 0 ? of : of.filter((name) => asked.includes(name)), asked: asked.length > 0 };
}

function seedOf(text: string | null): string | null {
  if (text === null || /^\d{1,19}$/u.test(text)) return text;
  throw refused(`--seed is no whole number: ${display(text)}.`);
}

function wholeNumber(option: string, text: string | null): number | null {
  if (text === null) return null;
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text);
  throw refused(`--${option} is no whole number: ${display(text)}.`);
}

function refused(message: string): RollproofError {
  return new RollproofError("usage", message, { remedy: "`npm run plant -- --help` lists the options." });
}
