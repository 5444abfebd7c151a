import { splitLines } from "./lines.ts";
import { controlPortIn } from "./testimony.ts";

/** Lines kept for folds that come late; later lines still reach the folds that are there. */
const keptLinesMax = 100_000;

/** What one incarnation says on stdout: its lines, and the control port that one of them names. */
export class Voice {
  /** Rejects with what `end` was given when the process ended without naming one. */
  readonly controlPort: Promise<number>;
  readonly #lines: string[] = [];
  readonly #folds: ((line: string) => void)[] = [];
  readonly #control = Promise.withResolvers<number>();
  readonly #take = splitLines((line) => this.#line(line));

  constructor() {
    this.controlPort = this.#control.promise;
    this.controlPort.catch(() => undefined); // nobody may ask for it
  }

  hear(text: string): void {
    this.#take.add(text);
  }

  /** No more will come. */
  end(): void {
    this.#take.end();
  }

  /** Why no control port will be named any more. */
  never(why: Error): void {
    this.#control.reject(why);
  }

  /** `fold` is called for lines so far, then live. */
  lines(fold: (line: string) => void): void {
    for (const line of this.#lines) fold(line);
    this.#folds.push(fold);
  }

  #line(line: string): void {
    if (this.#lines.length < keptLinesMax) this.#lines.push(line);
    const port = controlPortIn(line);
    if (port !== null) this.#control.resolve(port);
    for (const fold of this.#folds) fold(line);
  }
}
