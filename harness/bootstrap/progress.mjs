const began = performance.now();

/** Says on stderr what the bootstrap is doing; stdout belongs to the command's own words. */
export function say(text) {
  process.stderr.write(`[setup ${seconds(performance.now() - began)}] ${text}\n`);
}

/** Runs one step, with a line before and after it. */
export async function step(name, body) {
  const start = performance.now();
  say(`${name} …`);
  const result = await body();
  say(`${name}: done in ${seconds(performance.now() - start)}`);
  return result;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
