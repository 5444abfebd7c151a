/** What a person can mend: printed as two lines, exit 69, never a stack trace. */
export class Trouble extends Error {
  /**
   * @param {string} message what is missing or failed, and why
   * @param {string} remedy what to do about it
   */
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}

/** Exit code for an environment that cannot be had (harness/base/errors.ts has the whole table). */
export const environmentExit = 69;
