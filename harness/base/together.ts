/**
 * What all parts come to. The first part that fails aborts the signal that all were given, and is thrown when the others have ended,
 * too: nothing of them happens after that.
 */
export async function together<const Parts extends readonly Promise<unknown>[]>(
  signal: AbortSignal,
  begin: (signal: AbortSignal) => Parts,
): Promise<{ -readonly [Part in keyof Parts]: Awaited<Parts[Part]> }> {
  const failed = new AbortController();
  const parts = begin(AbortSignal.any([signal, failed.signal]));
  try {
    return await Promise.all(parts);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(parts);
    throw error;
  }
}
