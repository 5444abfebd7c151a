import type { FeatureLevels } from "../../model/kafka-features.ts";
import type { Layout } from "../cluster/layout.ts";
import type { ProxyServer } from "../cluster/proxy-watch.ts";
import type { ContainerIncarnation, IncarnationOptions } from "./containers/incarnation.ts";
import type { RunPlace } from "./containers/run-place.ts";
import type { DataDisk } from "./disks/data-disk.ts";
import type { ImageNames } from "./images/images.ts";
import type { LinkParts } from "./networks/filtered-link.ts";
import type { RunNetwork } from "./networks/network.ts";

/** What containers of a run are started with. */
export interface Standing {
  readonly place: RunPlace;
  readonly network: RunNetwork;
  readonly names: ImageNames;
  readonly layout: Layout;
  readonly runDirectory: string;
  /** Told when the daemon does not answer any more. */
  readonly lost: (why: Error) => void;
  /** What the data of a broker or slot lies on; `path` is its data directory. */
  readonly diskOf: (id: string, path: string) => DataDisk;
  /** The process in a container that has just been started. */
  incarnationOf(life: ContainerLife): Promise<ContainerIncarnation>;
}

/** A container that has just been started, and whose it is. */
export type ContainerLife = Omit<IncarnationOptions, "pid" | "injure" | "lost"> & {
  /** The file that sets its wall clock, where that is not the machine's. */
  readonly clockFile?: string;
};

/** What start.ts has brought up. */
export interface Started extends Standing {
  readonly reason: string;
  /** Levels that the brokers' storage was formatted with. */
  readonly features: FeatureLevels;
  readonly linkParts: LinkParts;
  readonly proxyServer: ProxyServer;
  /** The brokers' first incarnations, in the layout's order. */
  readonly brokers: readonly ContainerIncarnation[];
  readonly memberAddress: (index: number) => string;
  /** Removes every container and the network; resolves when they are gone. Where it rejects, the reaper stays to try again. */
  takeDown(): Promise<void>;
}
