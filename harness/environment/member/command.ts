import type { MemberId } from "../../model/brand.ts";
import type { MemberLaunch } from "../../model/environment.ts";
import { compileCache } from "./compile-cache.ts";
import { fillIn } from "./templates.ts";

export interface MemberPlace {
  readonly slot: MemberId;
  readonly incarnation: number;
  /** The slot's own proxies, `127.0.0.1:port`. */
  readonly bootstrap: readonly string[];
  readonly dataDirectory: string;
  /** Where the control port is to listen; port 0: the member chooses. */
  readonly control: { readonly host: string; readonly port: number };
  /** What the program `node` of a launch stands for. */
  readonly node: string;
}

export interface MemberCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Folders outside the run's that the member writes, shared with others. */
  readonly caches: readonly string[];
}

/** argv and environment of a member: the contract variables, and the launch with its templates filled in. */
export function memberCommand(launch: MemberLaunch, place: MemberPlace): MemberCommand {
  const contract = {
    ROLLPROOF_MEMBER: place.slot,
    ROLLPROOF_INCARNATION: String(place.incarnation),
    ROLLPROOF_BOOTSTRAP: place.bootstrap.join(","),
    ROLLPROOF_DATA_DIR: place.dataDirectory,
    ROLLPROOF_CONTROL_HOST: place.control.host,
    ROLLPROOF_CONTROL_PORT: String(place.control.port),
    ROLLPROOF_CONFIG: JSON.stringify(launch.config),
  };
  const known = { ...launch.variables, ...contract };
  const [program = "", ...parameters] = launch.argv.map((argument) => fillIn(argument, known));
  const isNode = program === "node";
  return {
    argv: [isNode ? place.node : program, ...parameters],
    env: {
      ...(isNode ? { NODE_COMPILE_CACHE: compileCache } : {}),
      ...Object.fromEntries(Object.entries(launch.env).map(([name, text]) => [name, fillIn(text, known)])),
      ...contract,
    },
    caches: isNode ? [compileCache] : [],
  };
}
