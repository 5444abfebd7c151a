/** How tasks and logs are written: a stage or topic, a dash, and a partition. */
export interface Numbered {
  readonly name: string;
  readonly number: number;
}

/** `velocity-3` → `velocity` and 3; null: not of that form. */
export function parseNumbered(text: string): Numbered | null {
  const [, name, number] = /^(.*)-(\d{1,15})$/su.exec(text) ?? [];
  return name === undefined ? null : { name, number: Number(number) };
}
