/** Cuts text that arrives in pieces into lines, without their ends. How long a line can be is bounded before (output/valve.ts). */
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
    },
    end: flush,
  };
}
