/** A piece of a container's output. */
export interface Spoken {
  readonly of: "stdout" | "stderr";
  readonly bytes: Buffer;
}

const headerBytes = 8;
const streams = new Map<number | undefined, Spoken["of"]>([
  [1, "stdout"],
  [2, "stderr"],
]);

/**
 * Takes the two streams of a container without a terminal apart (Engine API, ContainerAttach: a frame is one byte for the
 * stream, three of zero, four for the length, and the payload). Holds no more than a header. Throws for anything else.
 */
export function beginDemux(): (chunk: Buffer) => readonly Spoken[] {
  let header = Buffer.alloc(0);
  let of: Spoken["of"] = "stdout";
  let left = 0;
  return (chunk) => {
    const pieces: Spoken[] = [];
    for (let at = 0; at < chunk.length;) {
      if (left > 0) {
        const bytes = chunk.subarray(at, at + left);
        pieces.push({ of, bytes });
        left -= bytes.length;
        at += bytes.length;
        continue;
      }
      const wanted = headerBytes - header.length;
      header = Buffer.concat([header, chunk.subarray(at, at + wanted)]);
      at += wanted;
      if (header.length < headerBytes) break;
      const stream = streams.get(header[0]);
      if (stream === undefined) throw new Error(`The daemon names a stream ${header[0]} of a container's output.`);
      of = stream;
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
    return pieces;
  };
}
