import { answersOf } from "./trial.ts";
import { histories, type AnyKind } from "./model.ts";
import type { Tally } from "./tally.ts";

const families = [
  {
    family: "damage",
    title: "Damage",
    said: "Each is a history that a broker and a harness could have written, and that must not pass.",
  },
  {
    family: "lawful",
    title: "Lawful variations",
    said: "Each is a history that the protocol allows, and that must stay valid.",
  },
  {
    family: "raw",
    title: "Damage to files",
    said: "Each is a run directory that a disk, or a person, has damaged: it is judged by its files, as `check` does.",
  },
] as const;

/** The tables of docs/detection.md: a row for every kind, a column for every history. */
export function tablesOf(kinds: readonly AnyKind[], tallies: readonly Tally[]): string {
  return families
    .map(({ family, title, said }) => {
      const rows = kinds.filter((kind) => kind.family === family).map((kind) => rowOf(kind, tallies));
      const head = `| kind | what is planted | right | ${histories.join(" | ")} |\n| --- | --- | --- |${" --- |".repeat(histories.length)}`;
      return `## ${title}\n\n${said}\n\n${[head, ...rows].join("\n")}\n`;
    })
    .join("\n");
}

function rowOf(kind: AnyKind, tallies: readonly Tally[]): string {
  const cells = histories.map((history) => {
    const tally = tallies.find((one) => one.kind.name === kind.name && one.history === history);
    return tally === undefined ? "not tried" : cellOf(kind, tally);
  });
  return `| \`${kind.name}\` | ${kind.what} | ${kind.must.join(", ")} | ${cells.join(" | ")} |`;
}

function cellOf(kind: AnyKind, { history, counts }: Tally): string {
  if (counts.nowhere > 0 && counts.right + counts.other + counts.unknown + counts.valid === 0) return "–";
  const answers = answersOf(kind, history);
  const { right, other, unknown, valid } = counts;
  const said = [`${right}`, ...said1(other, "other"), ...said1(unknown, "unknown"), ...said1(valid, "valid")].join(
    ", ",
  );
  if (answers === null)
    return `invisible: ${[...said1(right + other, "invalid"), ...said1(unknown, "unknown"), ...said1(valid, "valid")].join(", ")}`;
  return answers === kind.must ? said : `${said} (right: ${answers.join(", ")})`;
}

function said1(count: number, word: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${word}`];
}

/** Why nothing can show a kind's damage in some histories, a line for each reason. */
export function invisibleReasons(kinds: readonly AnyKind[]): readonly string[] {
  return kinds.flatMap(({ name, but }) =>
    Object.entries(but ?? {}).flatMap(([history, other]) =>
      "invisible" in other ? [`\`${name}\` in ${history}: ${other.invisible}.`] : [],
    ),
  );
}
