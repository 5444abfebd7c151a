export function parseArguments(
  args: readonly string[],
  pinnedKafka: string,
): { readonly kafka: readonly string[]; readonly force: boolean };
