import { within } from "../../../base/deadline.ts";
import type { ContainerHandle, Engine } from "../daemon/engine.ts";

/** What a command in a container came to. */
export interface Answer {
  readonly exitCode: number;
  /** stdout and stderr. */
  readonly output: string;
}

/** Runs a command in one container; resolves at its end, however late. */
export type Command = (argv: readonly string[]) => Promise<Answer>;

const timeoutMs = 20_000;

export function commandIn(engine: Engine, container: ContainerHandle): Command {
  return (argv) => engine.container.exec(container, [...argv]);
}

/**
 * Runs it and waits, until the signal's abort or `deadline-passed` after 20 s at the longest. The daemon takes no command back:
 * one that nobody waits for any more goes on, and its effect may come later, at the latest it ends with its container.
 */
export async function carryOut(command: Command, argv: readonly string[], signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const what = `a container to carry out ${argv.join(" ")}`;
  const remedy = "Look whether the Docker daemon still answers (docker ps), and at its log.";
  return await within({ what, timeoutMs, signal, remedy }, command(argv));
}
