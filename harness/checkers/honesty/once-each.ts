/**
 * Reasons that differ in numbers only are of one kind: the first is told, the others are counted. A hole in each of a hundred places is
 * one thing to mend.
 */
export function onceEach(reasons: readonly string[]): readonly string[] {
  const kinds = Map.groupBy(new Set(reasons), (reason) => reason.replaceAll(/\d+/gu, "#"));
  return [...kinds.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [others.length === 0 ? first : `${first} (${others.length} more like it.)`],
  );
}
