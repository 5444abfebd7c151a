import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { Trouble } from "./trouble.mjs";

/** What to install where a program is missing. */
const remedies = {
  npm: "Install npm (Debian: apt-get install npm), then try again.",
  java: "Install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless), then try again.",
  mvn: "Install Maven (Debian: apt-get install maven), then try again.",
  docker: "Install Docker (Debian: apt-get install docker.io iptables), then try again.",
  debootstrap: "Install debootstrap (Debian: apt-get install debootstrap), then try again.",
  go: "Install Go 1.21 or newer (Debian: apt-get install golang), then try again.",
};

/** The path of a program on the PATH. A missing one is Trouble: better said before minutes of other work. */
export function find(program) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  throw missing(program);
}

export function missing(program) {
  return new Trouble(`${program} is not on the PATH.`, remedies[program] ?? `Install ${program}, then try again.`);
}
