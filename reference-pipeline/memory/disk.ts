/** A task's directory on one member's disk: it outlives incarnations. */
export interface TaskDisk {
  store: Map<string, Uint8Array>;
  clean: string | null;
  readonly checkpoints: Map<number, Uint8Array>;
  /** Written and not yet renamed. */
  readonly temporary: Map<number, Uint8Array>;
}

export function emptyDisk(): TaskDisk {
  return { store: new Map(), clean: null, checkpoints: new Map(), temporary: new Map() };
}
