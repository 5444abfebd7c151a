import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { run } from "../harness/bootstrap/command.mjs";
import { find } from "../harness/bootstrap/programs.mjs";
import { Trouble } from "../harness/bootstrap/trouble.mjs";
import { usual } from "./layout.mjs";
import { explained } from "./remedies.mjs";

const askTimeoutMs = 20_000;
const buildTimeoutMs = 10 * 60_000;
const { contentLabel, proxyVariables } = usual;

/** Trouble where there is no docker program, no daemon, or no right to its socket. */
export async function requireDaemon() {
  find("docker");
  await ask(["version", "--format", "{{.Server.Version}}"]);
}

/**
 * What stands under a tag.
 * @returns {Promise<{ id: string, content: string } | null>} content is empty for an image that is not ours
 */
export async function inspect(tag) {
  const format = `{{.Id}} {{with .Config.Labels}}{{index . "${contentLabel}"}}{{end}}`;
  try {
    const [id, content = ""] = (await ask(["image", "inspect", "--format", format, tag])).trim().split(" ");
    return { id, content: /^[0-9a-f]{64}$/.test(content) ? content : "" };
  } catch (error) {
    if (/no such image/i.test(error.message)) return null;
    throw error;
  }
}

/**
 * Builds one image. The tag is set by the daemon once the last step is done, so a build that is ended leaves none.
 * @param {{ tag: string, content: string, dockerfile: string, context: string, args: Record<string, string> }} build
 *   dockerfile and context are paths; args are the Dockerfile's build arguments
 */
export async function build({ tag, content, dockerfile, context, args }) {
  const pairs = Object.entries(args).map(([name, value]) => `${name}=${value}`);
  const proxies = proxyVariables.filter((name) => process.env[name] !== undefined);
  await command([
    "docker",
    "build",
    "--force-rm",
    "--file",
    dockerfile,
    "--tag",
    tag,
    "--label",
    `${contentLabel}=${content}`,
    ...[...pairs, ...proxies].flatMap((arg) => ["--build-arg", arg]),
    context,
  ]);
}

/** Makes an image of a tar archive. */
export async function importArchive({ tag, content, archive }) {
  await command([
    "docker",
    "import",
    "--change",
    `LABEL ${contentLabel}=${content}`,
    "--change",
    'CMD ["bash"]',
    archive,
    tag,
  ]);
}

/** Removes what a tag has moved away from, unless something still uses it. */
export async function removeImage(id) {
  await ask(["image", "rm", id]).catch(() => undefined);
}

/** Runs one long command; its failure is Trouble with the end of its output and the remedy that this asks for. */
export async function command(argv) {
  try {
    return await run(argv, { timeoutMs: buildTimeoutMs });
  } catch (error) {
    throw explained(error);
  }
}

async function ask(argv) {
  try {
    const { stdout } = await promisify(execFile)("docker", argv, { timeout: askTimeoutMs, killSignal: "SIGKILL" });
    return stdout;
  } catch (error) {
    const words = String(error.stderr || error.message).trim();
    throw explained(new Trouble(`docker ${argv[0]} failed: ${words}`, "Look at the line above, then try again."));
  }
}
