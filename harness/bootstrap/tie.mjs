/**
 * Preloaded into the harness: ends it when the bootstrap that started it is gone, however it went. The bootstrap holds the
 * other end of descriptor 3 and never writes to it; the kernel closes it.
 */
import { Socket } from "node:net";
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.env.ROLLPROOF_BOOTSTRAP_PID === String(process.ppid)) {
  const tie = new Socket({ fd: 3, readable: true, writable: false });
  tie.on("error", () => undefined);
  tie.on("close", () => process.kill(process.pid, "SIGKILL"));
  tie.resume();
  tie.unref();
}
