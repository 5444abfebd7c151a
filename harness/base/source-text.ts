import { isAlias, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit, type Document } from "yaml";

/** Where something stands in a text; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a file that a person wrote: where, and what was expected. */
export interface Problem extends Place {
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** A YAML (or JSON) text as plain data that remembers where each part stands. */
export interface SourceText {
  readonly value: unknown;
  /** Place of the value at the path, or of the nearest part above it that exists. */
  valueAt(path: Path): Place;
  /** Place of the key at the end of the path. */
  keyAt(path: Path): Place;
}

const charactersMax = 262_144;
const depthMax = 24;
const problemsShownMax = 30;
/** Brackets in prose count too, so this is generous. */
const bracketDepthMax = 200;

/**
 * Reads hostile text: bounded in size and depth, aliases and tags refused (so nothing can multiply), one document, no
 * key twice. Gives the problems instead when there are any; never throws.
 */
export function readSourceText(text: string): SourceText | readonly Problem[] {
  if (text.length > charactersMax)
    return [
      { line: 1, column: 1, message: `the file has ${text.length} characters; at most ${charactersMax} are read` },
    ];
  // The YAML reader recurses, and slows down long before its stack ends: look at the brackets first.
  if (bracketDepth(text) > bracketDepthMax) return [{ line: 1, column: 1, message: "the file is nested too deeply" }];
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
    const problems = [...syntaxProblems(document, lines), ...refusals(document, lines)];
    if (problems.length > 0) return problems;
    return { value: document.toJS({ maxAliasCount: 0 }), ...placesIn(document, lines) };
  } catch (error) {
    const why = error instanceof RangeError ? "it is nested too deeply" : String(error);
    return [{ line: 1, column: 1, message: `the file cannot be read as YAML: ${why}` }];
  }
}

export function isProblems(read: SourceText | readonly Problem[]): read is readonly Problem[] {
  return Array.isArray(read);
}

/** `file:line:column: message`, a line each, in the order of the file; of very many the first. */
export function renderProblems(file: string, problems: readonly Problem[]): string {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const shown = sorted.slice(0, problemsShownMax);
  const more = sorted.length - shown.length;
  return [
    ...shown.map(({ line, column, message }) => `  ${file}:${line}:${column}: ${message}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join("\n");
}

function syntaxProblems(document: Document.Parsed, lines: LineCounter): readonly Problem[] {
  return [...document.errors, ...document.warnings].map(({ pos, message, code }) => ({
    ...placeOf(lines, pos[0]),
    message: code === "MULTIPLE_DOCS" ? "the file holds more than one document (`---`)" : firstLine(message),
  }));
}

function refusals(document: Document.Parsed, lines: LineCounter): readonly Problem[] {
  const problems: Problem[] = [];
  visit(document, (key, node, ancestors) => {
    if (!isNode(node)) return undefined;
    const place = placeOf(lines, node.range?.[0] ?? 0);
    // JavaScript's own name for an object's prototype: schemas pass over such a key in silence.
    if (key === "key" && isScalar(node) && node.value === "__proto__")
      problems.push({ ...place, message: "the key __proto__ is not taken" });
    if (isAlias(node)) problems.push({ ...place, message: "aliases (`*name`) are not taken; write the value out" });
    else if (node.tag !== undefined && !node.tag.startsWith("tag:yaml.org,2002:"))
      problems.push({ ...place, message: `the tag ${node.tag} is not taken` });
    if (ancestors.length <= depthMax * 2) return undefined;
    problems.push({ ...place, message: `nested more than ${depthMax} levels deep` });
    return visit.BREAK;
  });
  return problems;
}

function placesIn(document: Document.Parsed, lines: LineCounter): Pick<SourceText, "valueAt" | "keyAt"> {
  const valueAt = (path: Path): Place => {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range !== undefined && node.range !== null) return placeOf(lines, node.range[0]);
    }
    return { line: 1, column: 1 };
  };
  return {
    valueAt,
    keyAt(path) {
      const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
      const pair = isMap(parent)
        ? parent.items.find(
            (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(path.at(-1)),
          )
        : undefined;
      const key: unknown = pair?.key;
      return isNode(key) && key.range !== undefined && key.range !== null
        ? placeOf(lines, key.range[0])
        : valueAt(path);
    },
  };
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const one of text) {
    if (one === "[" || one === "{") deepest = Math.max(deepest, ++depth);
    if (one === "]" || one === "}") depth--;
  }
  return deepest;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
