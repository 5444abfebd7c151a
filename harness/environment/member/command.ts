import type { MemberId } from "../../model/brand.ts";
import type { MemberLaunch } from "../../model/environment.ts";
import { fillIn } from "./templates.ts";

export interface MemberPlace {
  readonly slot: MemberId;
  readonly incarnation: number;
  /** The slot's own proxies, `127.0.0.1:port`. */
  readonly bootstrap: readonly string[];
  readonly dataDirectory: string;
}

/** argv and environment of a member: the contract variables, and the launch with its templates filled in. */
export function memberCommand(
  launch: MemberLaunch,
  place: MemberPlace,
): { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const contract = {
    ROLLPROOF_MEMBER: place.slot,
    ROLLPROOF_INCARNATION: String(place.incarnation),
    ROLLPROOF_BOOTSTRAP: place.bootstrap.join(","),
    ROLLPROOF_DATA_DIR: place.dataDirectory,
    ROLLPROOF_CONTROL_PORT: "0",
    ROLLPROOF_CONFIG: JSON.stringify(launch.config),
  };
  const [program = "", ...parameters] = launch.argv.map((argument) => fillIn(argument, contract));
  return {
    // `node` is the Node that runs the harness, whatever PATH says.
    argv: [program === "node" ? process.execPath : program, ...parameters],
    env: {
      ...Object.fromEntries(Object.entries(launch.env).map(([name, text]) => [name, fillIn(text, contract)])),
      ...contract,
    },
  };
}
