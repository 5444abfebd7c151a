import { RollproofError } from "../../base/errors.ts";
import type { Exit, Process } from "../../model/environment.ts";
import { logTail } from "../cluster/broker-files.ts";
import { splitLines } from "./lines.ts";
import { controlPortIn } from "./testimony.ts";

/** Lines kept for folds that come late; later lines still reach the folds that are there. */
const keptLinesMax = 100_000;

/** What one incarnation says on stdout: its lines, and the control port that one of them names. */
export class Voice {
  /** Rejects when the process ended without naming one. */
  readonly controlPort: Promise<number>;
  readonly #lines: string[] = [];
  readonly #folds: ((line: string) => void)[] = [];
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

  /** `fold` is called for lines so far, then live. */
  lines(fold: (line: string) => void): void {
    for (const line of this.#lines) fold(line);
    this.#folds.push(fold);
  }

  #line(line: string): void {
    if (this.#lines.length < keptLinesMax) this.#lines.push(line);
    const port = controlPortIn(line);
    if (port !== null) {
      this.#hasNamedPort = true;
      this.#control.resolve(port);
    }
    for (const fold of this.#folds) fold(line);
  }
}
