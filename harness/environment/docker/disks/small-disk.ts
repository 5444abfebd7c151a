import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { until, within } from "../../../base/deadline.ts";
import { RollproofError } from "../../../base/errors.ts";
import { together } from "../../../base/together.ts";
import type { DiskCopy } from "../../../model/disk-copy.ts";
import { copyTree } from "../../member/disk.ts";
import { ownUser, startContainer } from "../containers/container.ts";
import type { RunPlace, VolumeMount } from "../containers/run-place.ts";
import type { DataDisk } from "./data-disk.ts";
import type { ContainerHandle } from "../daemon/engine.ts";
import { labels } from "../containers/labels.ts";
import type { SmallDiskSpec } from "./small-disk-spec.ts";
import { ballastScript, oneByteScript } from "./small-disk-scripts.ts";

/** What a look at a disk shows: the free bytes, and what became of writing one byte to a new file (`written`, `ENOSPC`, …). */
export interface DiskLook {
  readonly freeBytes: number;
  readonly oneByte: string;
}

const fullWithinMs = 30_000;
const keeping = {
  what: "the keeper of the small disks to carry out a command",
  timeoutMs: 60_000,
  remedy: "Look whether the Docker daemon still answers (docker ps), and at its log.",
};

/**
 * Makes the disks, and the keeper: a container without a network that has all of them mounted as long as the run lasts. The
 * daemon unmounts a tmpfs, and forgets what is on it, when the last container that has it ends. What is to be removed in the
 * end carries the run's labels.
 */
export async function makeSmallDisks(
  { place, image, runDirectory }: { readonly place: RunPlace; readonly image: string; readonly runDirectory: string },
  wanted: readonly SmallDiskSpec[],
): Promise<ReadonlyMap<string, SmallDisk>> {
  if (wanted.length === 0) return new Map();
  const exchange = join(runDirectory, "disks");
  await mkdir(exchange, { recursive: true });
  const made = await together(new AbortController().signal, () =>
    wanted.map(async (disk) => ({ ...disk, volume: await makeVolume(place, disk) })),
  );
  const keeper = await startContainer(place, {
    role: "keeper",
    incarnation: 1,
    image,
    argv: ["sleep", "infinity"],
    env: {},
    workingDirectory: null,
    network: "none",
    reads: [],
    writes: [exchange, ...made.map(({ of, volume }) => ({ volume, path: insideOf(of) }))],
    ports: [],
    capabilities: [],
  });
  return new Map(made.map((disk) => [disk.of, new SmallDisk({ ...disk, place, image, keeper, exchange })]));
}

/** A tmpfs of a fixed size (docs.docker.com/reference/cli/docker/volume/create, driver options), of the harness's own user. */
async function makeVolume(place: RunPlace, { of, bytes }: SmallDiskSpec): Promise<string> {
  const name = `rollproof-${place.runId}-disk-${of}`;
  const owner = ownUser();
  const rights = owner === null ? ["mode=0777"] : [`uid=${owner.uid}`, `gid=${owner.gid}`, "mode=0700"];
  try {
    await place.engine.container.dockerode.createVolume({
      Name: name,
      Driver: "local",
      DriverOpts: { type: "tmpfs", device: "tmpfs", o: [`size=${bytes}`, ...rights].join(",") },
      Labels: { ...place.labels, [labels.role]: `disk-${of}` },
    });
  } catch (cause) {
    throw new RollproofError("environment-unavailable", `No small disk could be made for ${of}: ${String(cause)}`, {
      remedy: "Check that the daemon may mount a tmpfs, or leave out the faults that fill a disk.",
      cause,
    });
  }
  return name;
}

/** Where the keeper and the ballast have the disk. */
function insideOf(of: string): string {
  return `/disks/${of}`;
}

interface SmallDiskParts extends SmallDiskSpec {
  readonly volume: string;
  readonly place: RunPlace;
  readonly image: string;
  readonly keeper: ContainerHandle;
  /** A folder of this machine that the keeper has at the same path. */
  readonly exchange: string;
}

/** A disk of a fixed size, in memory, which outlives the processes that have their data on it. */
export class SmallDisk implements DataDisk {
  readonly mount: VolumeMount;
  readonly folder = null;
  readonly bytes: number;
  readonly #parts: SmallDiskParts;
  #copies = 0;
  #ballasts = 0;

  constructor(parts: SmallDiskParts) {
    this.#parts = parts;
    this.mount = { volume: parts.volume, path: parts.path };
    this.bytes = parts.bytes;
  }

  async mirror(): Promise<void> {
    await this.#viaExchange(async (folder) => {
      await copyTree(this.mount.path, folder);
      await this.#keeper(["find", this.#inside, "-mindepth", "1", "-delete"]);
      await this.#keeper(["cp", "-R", `${folder}/.`, this.#inside]);
    });
  }

  async copyTo(to: string): Promise<DiskCopy> {
    return await this.#viaExchange(async (folder) => {
      await this.#keeper(["cp", "-R", "--no-dereference", `${this.#inside}/.`, folder]);
      return await copyTree(folder, to);
    });
  }

  /** Takes every byte that is free or becomes free, until what it returns is disposed. Resolves when none is left. */
  async fill(signal: AbortSignal): Promise<AsyncDisposable> {
    const { of, place, image, volume } = this.#parts;
    const ballast = await startContainer(place, {
      role: `ballast-${of}`,
      incarnation: ++this.#ballasts,
      image,
      argv: ["perl", "-e", ballastScript, this.#inside],
      env: {},
      workingDirectory: null,
      network: "none",
      reads: [],
      writes: [{ volume, path: this.#inside }],
      ports: [],
      capabilities: [],
    });
    const filling: AsyncDisposable = {
      // Its file has no name: it is gone with the process that has it open.
      [Symbol.asyncDispose]: async () => void (await ballast.remove({ force: true })),
    };
    try {
      const remedy = "Look at the daemon's log; a disk of a run is to be full within a second or so.";
      await until(
        { what: `the disk of ${of} to be full`, timeoutMs: fullWithinMs, everyMs: 50, signal, remedy },
        async () => ((await this.look()).freeBytes === 0 ? true : undefined),
      );
      return filling;
    } catch (cause) {
      await filling[Symbol.asyncDispose]();
      throw cause;
    }
  }

  async look(): Promise<DiskLook> {
    const oneByte = await this.#keeper(["perl", "-e", oneByteScript, this.#inside]);
    const [blocks, blockBytes] = (await this.#keeper(["stat", "-f", "-c", "%a %S", this.#inside])).split(" ");
    return { freeBytes: Number(blocks) * Number(blockBytes), oneByte };
  }

  get #inside(): string {
    return insideOf(this.#parts.of);
  }

  async #viaExchange<T>(body: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.#parts.exchange, `${this.#parts.of}-${++this.#copies}`);
    await mkdir(folder, { recursive: true });
    try {
      return await body(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** What a command says in the keeper; throws when it fails there. */
  async #keeper(argv: readonly string[]): Promise<string> {
    const { place, keeper, of } = this.#parts;
    const carriedOut = place.engine.container.exec(keeper, [...argv]);
    const { exitCode, stdout, output } = await within({ ...keeping, signal: new AbortController().signal }, carriedOut);
    if (exitCode === 0) return stdout;
    throw new RollproofError("environment-unavailable", `The keeper of ${of}'s disk: ${argv[0]}: ${output.trim()}`, {
      remedy: "Check the side-car's image: it is to be a Debian.",
    });
  }
}
