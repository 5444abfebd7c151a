/** The words as one sentence: what another program said may bring its own full stop, and gets no second one. */
export function sentence(words: string): string {
  const trimmed = words.trimEnd();
  return /[.!?…]$/u.test(trimmed) ? trimmed : `${trimmed}.`;
}
