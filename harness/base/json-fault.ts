import { display } from "./did-you-mean.ts";

/** A token, but of a string only its first quote: one of millions of characters would exhaust the expression's stack. */
const tokens =
  /[\t\n\r ]*(?:([{}[\],:])|(")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b))/uy;
const escape = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/uy;

type Expected = "value" | "value or ]" | "key" | "key or }" | ":" | ", or end";

/** Where a text stops being JSON (an index into it), or null when it is JSON. JSON.parse alone does not always say. */
export function jsonFaultAt(text: string): number | null {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  let isOver = false;
  tokens.lastIndex = 0;
  let at = 0;
  while (!isOver) {
    const start = at + (/^[\t\n\r ]*/u.exec(text.slice(at, at + 4_096))?.[0].length ?? 0);
    const token = tokens.exec(text);
    if (token === null) return Math.min(start, text.length);
    at = tokens.lastIndex;
    const [, mark, quote] = token;
    const next = after(mark ?? (quote === undefined ? "literal" : "string"), expected, open);
    if (next === null) return start;
    if (quote !== undefined) {
      const end = stringEnd(text, at);
      if (end === null) return start;
      tokens.lastIndex = at = end;
    }
    expected = next;
    isOver = open.length === 0 && expected === ", or end";
  }
  const rest = text.slice(at);
  const stray = rest.search(/[^\t\n\r ]/u);
  return stray < 0 ? null : at + stray;
}

/** Where the string whose first character is at `from` is over, past its last quote; null: it is no JSON string. */
function stringEnd(text: string, from: number): number | null {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === codes.quote) return at + 1;
    if (code < codes.space) return null;
    if (code !== codes.backslash) continue;
    escape.lastIndex = at;
    if (!escape.test(text)) return null;
    at = escape.lastIndex - 1;
  }
  return null;
}

const codes = { space: 0x20, quote: 0x22, backslash: 0x5c } as const;

/** In words, with line and column from 1: `file:2:3: …`; null when the text is JSON. */
export function jsonFault(text: string, file: string): string | null {
  const at = jsonFaultAt(text);
  if (at === null) return null;
  const before = text.slice(0, at);
  const place = `${file}:${before.split("\n").length}:${at - before.lastIndexOf("\n")}`;
  if (at >= text.length) return `${place}: the file ends in the midst of its JSON: it was cut off`;
  return `${place}: not JSON from here on: ${display(text.slice(at, at + 20))}`;
}

/** What may follow the token, given what was expected; null: the token was not. Keeps the stack of open brackets. */
function after(token: string, expected: Expected, open: ("{" | "[")[]): Expected | null {
  const wantsValue = expected === "value" || expected === "value or ]";
  const wantsKey = expected === "key" || expected === "key or }";
  switch (token) {
    case "{":
    case "[":
      if (!wantsValue) return null;
      open.push(token);
      return token === "{" ? "key or }" : "value or ]";
    case "}":
      return open.at(-1) === "{" && (expected === "key or }" || expected === ", or end") ? closed(open) : null;
    case "]":
      return open.at(-1) === "[" && (expected === "value or ]" || expected === ", or end") ? closed(open) : null;
    case ",":
      if (expected !== ", or end" || open.length === 0) return null;
      return open.at(-1) === "{" ? "key" : "value";
    case ":":
      return expected === ":" ? "value" : null;
    case "string":
      return wantsKey ? ":" : wantsValue ? ", or end" : null;
    default:
      return wantsValue ? ", or end" : null;
  }
}

function closed(open: ("{" | "[")[]): Expected {
  open.pop();
  return ", or end";
}
