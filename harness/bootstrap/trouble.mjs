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

/** What to install where a program is missing. */
export const remedies = {
  npm: "Install npm (Debian: apt-get install npm), then try again.",
  java: "Install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless), then try again.",
  mvn: "Install Maven (Debian: apt-get install maven), then try again.",
  go: "Install Go 1.22 or newer (Debian: apt-get install golang), then try again.",
};
