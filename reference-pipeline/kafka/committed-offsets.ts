import type { Admin } from "kafkajs";

/**
 * Reads a group's committed offsets, an attempt a call. An admin client of kafkajs that has met a dead broker may stay with
 * it until that broker is back, so after any error the next attempt is made by a new client.
 */
export class CommittedOffsets {
  readonly #create: () => Admin;
  #client: Promise<Admin> | null = null;

  constructor(create: () => Admin) {
    this.#create = create;
  }

  /** The next offset that the group will read, or null when it has committed none. */
  async next(group: string, topic: string, partition: number): Promise<number | null> {
    const client = (this.#client ??= this.#connect());
    try {
      const [found] = await (await client).fetchOffsets({ groupId: group, topics: [topic] });
      const offset = Number(found?.partitions.find((one) => one.partition === partition)?.offset ?? Number.NaN);
      if (!Number.isSafeInteger(offset))
        throw new Error(`The coordinator of ${group} named no offset for ${topic}-${partition}.`);
      return offset < 0 ? null : offset;
    } catch (error) {
      if (this.#client === client) this.disconnect();
      throw error;
    }
  }

  /** Drops the client; the next call makes another. */
  disconnect(): void {
    const client = this.#client;
    this.#client = null;
    client?.then((admin) => admin.disconnect()).catch(() => undefined);
  }

  async #connect(): Promise<Admin> {
    const admin = this.#create();
    await admin.connect();
    return admin;
  }
}
