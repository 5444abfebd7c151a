/** Started by digest.ts: imports the specification that is named and sends its digest, or why there is none. */
const [file = ""] = process.argv.slice(2);
try {
  // imports.ts comes first and alone, so that it sees every import of the others.
  await import("./imports.ts");
  const { loadSpecification } = await import("./load.ts");
  const { sha256 } = await loadSpecification(file);
  process.send?.({ sha256 });
} catch (error) {
  const why = error instanceof Error ? error : new Error(String(error));
  process.send?.({ why: why.cause instanceof Error ? `${why.message} ${why.cause.message}` : why.message });
}
process.disconnect();
