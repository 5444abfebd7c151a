export function explained(error: unknown): unknown;
