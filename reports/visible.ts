/** Contents of records and logs are untrusted text: what follows makes them harmless to look at, in every format. */

/** Characters of one text that a report shows; the rest is counted. */
export const shownMax = 2_048;

/** Control, format (bidirectional marks, zero width), lone surrogate, line separator and non-character code points. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/** The text with everything unseen written out as `\u{…}`; newlines and tabs stay. */
export function visible(text: string): string {
  return cut(text).replaceAll(unseen, (found) => (found === "\n" || found === "\t" ? found : escaped(found)));
}

/** The same on one line: newlines and tabs are written out too. */
export function visibleLine(text: string): string {
  return cut(text).replaceAll(unseen, escaped);
}

/** A text of any length, cut off at `shownMax`. */
export function cut(text: string): string {
  if (text.length <= shownMax) return text;
  return `${text.slice(0, shownMax).replace(/[\ud800-\udbff]$/, "")}… (${text.length} characters)`;
}

function escaped(found: string): string {
  return `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`;
}
