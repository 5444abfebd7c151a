import { test } from "vitest";
import { expectMissed } from "../cluster/proxy-server-end.fixture.ts";
import { readJournal } from "./journal.ts";

test("a proxy server that ends in the middle of a run is told, one that is taken down in order is not", async () => {
  await expectMissed("process", (runDirectory) => {
    const [server] = readJournal(runDirectory).flatMap(({ children }) =>
      children.filter(({ role }) => role === "toxiproxy"),
    );
    process.kill(server?.proof.pid ?? 0, "SIGKILL");
  });
});
