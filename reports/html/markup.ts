import { visible } from "../visible.ts";

/** Finished HTML. The key is a symbol, so no text and no JSON value can pass for it. */
const finished = Symbol("markup");
export interface Markup {
  readonly [finished]: string;
}
export type Content = Markup | string | number | null | readonly Content[];

/** Tag for HTML: every text put in is cut off, made visible and escaped; only Markup goes in as it is. */
export function markup(strings: readonly string[], ...contents: readonly Content[]): Markup {
  const pieces = strings.map((string, i) => (i === 0 ? string : `${told(contents[i - 1] ?? null)}${string}`));
  return { [finished]: pieces.join("") };
}

/** Text of our own making, such as the style sheet, that goes in as it is. */
export function trusted(text: string): Markup {
  return { [finished]: text };
}

/** The HTML itself. */
export function source(content: Markup): string {
  return content[finished];
}

function told(content: Content): string {
  if (content === null) return "";
  if (typeof content === "string") return escaped(visible(content));
  if (typeof content === "number") return String(content);
  return isList(content) ? content.map(told).join("") : content[finished];
}

function isList(content: Markup | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (found) => entities[found] ?? "");
}
