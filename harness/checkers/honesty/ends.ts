import { howOf, wasStartedAgain, type Ends } from "../../facts/ends.ts";

/** Ends that nobody planned and that somebody outside may have brought about; what is the process's own is judged by LV3. */
export function endReasons(ends: Ends): readonly string[] {
  if (ends.isCutShort) return [];
  const unclear = [...ends.odd.values()].filter(({ by }) => by === "unclear");
  return unclear.map(({ first, why, count }) => {
    const { process, incarnation } = first;
    const seconds = ((first.at - ends.timeZero) / 1e9).toFixed(1);
    const often = count === 1 ? "" : ` (${count} times; this is the first)`;
    return [
      `${process}/${incarnation} ended at ${seconds} s with ${howOf(first)}${often}, and ${why}.`,
      `It was ${wasStartedAgain(ends, first) ? `started again as ${process}/${incarnation + 1}` : "not started again"}.`,
      `Read its log; if somebody else ended it, run again.`,
    ].join(" ");
  });
}
