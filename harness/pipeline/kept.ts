/** Settings of topics whose records stay for the run: the logs are the evidence. */
export const kept: Readonly<Record<string, string>> = { "retention.ms": "-1", "retention.bytes": "-1" };
