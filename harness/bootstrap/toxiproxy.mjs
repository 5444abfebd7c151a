import { join } from "node:path";
import { ensure } from "./cache.mjs";
import { run } from "./command.mjs";
import { pinned, toolsFolder } from "./layout.mjs";

/** The toxiproxy server, built by Go from the pinned version of its module; without C, so that it runs in an empty image too. */
export function ensureToxiproxy() {
  return ensure({
    name: `toxiproxy ${pinned.toxiproxy} (go install)`,
    program: "go",
    folder: join(toolsFolder, "toxiproxy"),
    version: `${pinned.toxiproxy} without C`,
    files: () => ["server"],
    make: (folder) =>
      run(["go", "install", `github.com/Shopify/toxiproxy/v2/cmd/server@v${pinned.toxiproxy}`], {
        env: { GOBIN: folder, GOFLAGS: "", CGO_ENABLED: "0" },
        timeoutMs: 8 * 60_000,
      }),
  });
}
