/** ` Did you mean "crash"?` when one of the known words is near to what was written, else nothing. */
export function didYouMean(written: string, known: readonly string[]): string {
  const near = known
    .map((word) => ({ word, distance: editDistance(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= Math.max(1, Math.floor(Math.max(word.length, written.length) / 3)))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near === undefined ? "" : ` Did you mean "${near.word}"?`;
}

/** Fewest insertions, deletions and substitutions that turn one text into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 20) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** `there is no mutant "x". Did you mean "y"? Known: …` */
export function unknownName(what: string, written: string, known: readonly string[]): string {
  return `there is no ${what} ${display(written)}.${didYouMean(written, known)} Known: ${known.join(", ") || "none"}`;
}

/** A hostile value as JSON, cut to a length that a terminal bears, invisible characters escaped. */
export function display(value: unknown): string {
  return value === undefined ? "nothing" : printable(JSON.stringify(value));
}

/** A hostile text without quotes, cut and escaped as `display` does. */
export function printable(text: string): string {
  const visible = text.replace(invisible, escaped);
  return visible.length > 60 ? `${visible.slice(0, 60)}…` : visible;
}

/** A hostile text of several lines, whole: invisible characters are escaped but for tabs and the ends of lines. */
export function printableLines(text: string): string {
  return text.replace(invisible, (one) => (one === "\n" || one === "\t" ? one : escaped(one)));
}

const invisible = /[\p{Cc}\p{Cf}]/gu;

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
