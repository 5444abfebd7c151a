/**
 * Asks for containers as a user without rights to Docker's socket, and ends as the command line would. Argument: the
 * number of the user to become once everything is loaded, for the repository may be out of that user's reach.
 */
import { chooseEnvironment } from "../environment/choose.ts";
import { explain } from "./words.ts";

const [uid = ""] = process.argv.slice(2);
if (uid !== "") process.setuid?.(Number(uid));
try {
  await chooseEnvironment("docker", { needs: [], signal: new AbortController().signal });
} catch (error) {
  const { lines, exit } = explain(error);
  process.stderr.write(lines.map((line) => `${line}\n`).join(""));
  process.exitCode = exit;
}
