/** A line longer than this is cut: a member's output is not trusted to hold newlines. */
const lineLengthMax = 1024 * 1024;

/** Cuts text that arrives in pieces into lines, without their ends. */
export function splitLines(take: (line: string) => void): { add(text: string): void; end(): void } {
  let rest = "";
  const flush = (): void => {
    if (rest !== "") take(rest);
    rest = "";
  };
  return {
    add(text) {
      const pieces = (rest + text).split("\n");
      rest = pieces.pop() ?? "";
      for (const piece of pieces) take(piece.endsWith("\r") ? piece.slice(0, -1) : piece);
      if (rest.length > lineLengthMax) flush();
    },
    end: flush,
  };
}
