import type { Process } from "../../../model/environment.ts";
import type { Layout } from "../../cluster/layout.ts";
import type { Command } from "../containers/command.ts";
import type { ContainerHandle, Engine } from "../daemon/engine.ts";
import type { RunNetwork } from "../networks/network.ts";
import type { SmallDisk } from "../disks/small-disk.ts";

/** A container that is to be injured, and what it lives among. */
export interface Sufferer {
  readonly process: Process;
  readonly container: ContainerHandle;
  readonly engine: Engine;
  readonly network: RunNetwork;
  readonly layout: Layout;
  /** The file that its wall clock is set by; null: the clock is the machine's. */
  readonly clockFile: string | null;
  /** What its data lies on; null: a folder of this machine. */
  readonly smallDisk: SmallDisk | null;
  /** In a container in its network name space that may use iptables there; started at first need. */
  sidecar(): Promise<Command>;
  /** Which injury of this container it is, from 1: what it leaves there carries the number, so that none is another's. */
  readonly number: number;
}
