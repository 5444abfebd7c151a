import { freePorts } from "../../cluster/ports.ts";

/** So often another port is tried. */
export const portAttempts = 4;

/** Whether the daemon refused a port that someone took between the picking and the binding. */
export function wasTaken(error: unknown): boolean {
  return /port is already allocated|address already in use/i.test(String(error));
}

/** Starts what listens at a free port of this machine; with another one when it was taken in the meantime. */
export async function atFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await freePorts(1);
    try {
      return await start(port);
    } catch (error) {
      if (attempt === portAttempts || !wasTaken(error)) throw error;
    }
  }
}
