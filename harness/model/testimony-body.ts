import type { Json } from "./event.ts";

/** A field of a testimony's body; undefined when the body is no object or lacks it. Testimony is untrusted text. */
export function fieldOf(body: Json, name: string): Json | undefined {
  return isObject(body) && Object.hasOwn(body, name) ? body[name] : undefined;
}

export function numberOf(body: Json, name: string): number {
  const value = fieldOf(body, name);
  return typeof value === "number" ? value : Number.NaN;
}

function isObject(body: Json): body is { readonly [key: string]: Json } {
  return body !== null && typeof body === "object" && !Array.isArray(body);
}
