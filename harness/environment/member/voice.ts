import { RollproofError } from "../../base/errors.ts";
import type { Exit, Process } from "../../model/environment.ts";
import { logTail } from "../output/log-tail.ts";
import { splitLines } from "./lines.ts";
import { controlPortIn } from "./testimony.ts";

/** Characters of lines kept for folds that come late: the latest ones. Folds that are there hear every line. */
const keptCharactersMax = 256 * 1024;

/** What one incarnation says on stdout: its lines, and the control port that one of them names. */
export class Voice {
  /** Rejects when the process ended without naming one. */
  readonly controlPort: Promise<number>;
  readonly #lines: string[] = [];
  #keptCharacters = 0;
  readonly #folds: ((line: string) => void)[] = [];
  readonly #dropFolds: ((bytes: number) => void)[] = [];
  #dropped = 0;
  #hasNamedPort = false;
  readonly #control = Promise.withResolvers<number>();
  readonly #take = splitLines((line) => this.#line(line));

  constructor() {
    this.controlPort = this.#control.promise;
    this.controlPort.catch(() => undefined); // nobody may ask for it
  }

  hear(text: string): void {
    this.#take.add(text);
  }

  /** No more will come: whose voice it was has ended. Who waits for its control port is told why, with the end of its log. */
  async end(
    whose: Pick<Process, "id" | "incarnation"> & { readonly log: string; readonly image?: string },
    exit: Exit,
  ): Promise<void> {
    this.#take.end();
    if (this.#hasNamedPort) return;
    const where = whose.image === undefined ? "" : `, ${whose.image}`;
    const tail = await logTail(whose.log);
    this.#control.reject(
      new RollproofError(
        "member-failed",
        `${whose.id} (incarnation ${whose.incarnation}${where}) ended (${exit.signal ?? exit.code}) before it named its control port. The end of its log:\n${tail}`,
        { remedy: `Read ${whose.id}'s log in the run directory.` },
      ),
    );
  }

  /** `fold` is called for the latest lines so far, then live. */
  lines(fold: (line: string) => void): void {
    for (const line of this.#lines) fold(line);
    this.#folds.push(fold);
  }

  /** So many bytes of its output have been dropped so far. */
  drop(bytes: number): void {
    this.#dropped = bytes;
    for (const fold of this.#dropFolds) fold(bytes);
  }

  dropped(fold: (bytes: number) => void): void {
    if (this.#dropped > 0) fold(this.#dropped);
    this.#dropFolds.push(fold);
  }

  /** Old lines go many at a time: each by itself would move all the others. */
  #keep(line: string): void {
    this.#keptCharacters += line.length + 1;
    this.#lines.push(line);
    if (this.#keptCharacters <= 2 * keptCharactersMax) return;
    let count = 0;
    while (this.#keptCharacters > keptCharactersMax) this.#keptCharacters -= (this.#lines[count++]?.length ?? 0) + 1;
    this.#lines.splice(0, count);
  }

  #line(line: string): void {
    this.#keep(line);
    const port = controlPortIn(line);
    if (port !== null) {
      this.#hasNamedPort = true;
      this.#control.resolve(port);
    }
    for (const fold of this.#folds) fold(line);
  }
}
