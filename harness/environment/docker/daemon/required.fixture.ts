import { RollproofError } from "../../../base/errors.ts";
import { daemonHost, findDaemon } from "./daemon.ts";

/** Whether container tests run here; `why` says what is missing where they do not. */
export type Running = { readonly run: true } | { readonly run: false; readonly why: string };

const variable = "ROLLPROOF_REQUIRE";
/** Tests with processes are never skipped: `process` is met wherever they are run. */
const known: readonly string[] = ["process", "docker"];

/**
 * Whether container tests run: when a daemon answers. `describe.skipIf(!docker.run)` skips them where none does, and stderr says
 * why. Where ROLLPROOF_REQUIRE (a comma list of environments) has `docker`, a missing daemon throws instead.
 */
export async function dockerTests(
  surroundings: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Running> {
  const required = requiredKinds(surroundings[variable] ?? "");
  const daemon = await findDaemon(new AbortController().signal, surroundings["DOCKER_HOST"] ?? daemonHost());
  if (daemon.answers) return { run: true };
  const { why, remedy } = daemon;
  if (required.includes("docker"))
    throw new RollproofError("environment-unavailable", `${variable} demands docker tests, but ${why}.`, { remedy });
  process.stderr.write(`skipped: docker tests, for ${why}. ${remedy}\n`);
  return { run: false, why: `${why}.` };
}

/** A misspelt name would silently demand nothing. */
function requiredKinds(text: string): readonly string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  throw new RollproofError("usage", `${variable} names ${unknown.join(", ")}, which is no environment.`, {
    remedy: `Use a comma list of ${known.join(", ")}.`,
  });
}
