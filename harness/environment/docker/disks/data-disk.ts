import type { DiskCopy } from "../../../model/disk-copy.ts";
import { copyTree } from "../../member/disk.ts";
import type { VolumeMount } from "../containers/run-place.ts";

/** Where the data directory of a process lies. Its containers see it at the path that a folder of this machine has. */
export interface DataDisk {
  /** The folder itself, or a volume. */
  readonly mount: string | VolumeMount;
  /** What lies on it, as a folder of this machine; null: this machine does not see it. */
  readonly folder: string | null;
  /** Makes the disk what the folder at its path is on this machine, no more and no less. Nobody may be writing to either. */
  mirror(): Promise<void>;
  /** Copies its regular files and folders into a folder of this machine. */
  copyTo(to: string): Promise<DiskCopy>;
}

/** A folder of this machine, as large as the disk that it lies on. */
export class FolderDisk implements DataDisk {
  readonly mount: string;
  readonly folder: string;

  constructor(path: string) {
    this.mount = path;
    this.folder = path;
  }

  /** It is the folder. */
  mirror(): Promise<void> {
    return Promise.resolve();
  }

  async copyTo(to: string): Promise<DiskCopy> {
    return await copyTree(this.mount, to);
  }
}
