/** Faults on one process, or of one kind on one link, take turns. */
export interface Locks {
  /** All of the keys at once, or null while any is taken. */
  tryTake(keys: readonly string[]): Disposable | null;
}

export function createLocks(): Locks {
  const taken = new Set<string>();
  return {
    tryTake(keys) {
      if (keys.some((key) => taken.has(key))) return null;
      for (const key of keys) taken.add(key);
      return {
        [Symbol.dispose]() {
          for (const key of keys) taken.delete(key);
        },
      };
    },
  };
}
