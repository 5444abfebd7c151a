import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { find } from "../harness/bootstrap/programs.mjs";
import { Trouble } from "../harness/bootstrap/trouble.mjs";
import { command, importArchive } from "./docker.mjs";
import { workFolder } from "./layout.mjs";
import { explained } from "./remedies.mjs";

/** What debootstrap started may take a moment to end, and write meanwhile. */
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/** All that decides what the base is, besides the day on which Debian's packages were fetched. */
export const baseRecipe = {
  suite: "bookworm",
  variant: "minbase",
  /** Debian's own images leave these out too (github.com/debuerreotype/debuerreotype, slimify). */
  emptied: [
    ...["doc", "info", "locale", "man"].map((name) => `usr/share/${name}`),
    ...["lib/apt/lists", "cache/apt", "cache/debconf", "log"].map((name) => `var/${name}`),
  ],
  files: {
    "etc/apt/apt.conf.d/90rollproof": [
      'Acquire::Languages "none";',
      'Acquire::Retries "3";',
      'Dir::Cache::pkgcache "";',
      'Dir::Cache::srcpkgcache "";',
      'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };',
      "",
    ].join("\n"),
    "etc/dpkg/dpkg.cfg.d/90rollproof": [
      "force-unsafe-io",
      ...["doc", "info", "locale", "man"].map((name) => `path-exclude=/usr/share/${name}/*`),
      "",
    ].join("\n"),
  },
};

/** Before minutes of other work: debootstrap changes root and makes device files, which only root may. */
export function requireDebootstrap() {
  for (const program of ["debootstrap", "unshare", "tar"]) find(program);
  if (process.getuid?.() === 0) return;
  throw new Trouble(
    "The base image is made by debootstrap, which needs root.",
    'Run it once as root: sudo env "PATH=$PATH" npm run images (afterwards nothing is built, and no rights are needed).',
  );
}

/** A minimal Debian, from packages alone. */
export async function makeBase({ tag, content }) {
  rmSync(workFolder, removal);
  const folder = join(workFolder, "base");
  mkdirSync(folder, { recursive: true });
  try {
    const { suite, variant } = baseRecipe;
    // In namespaces of its own: what it mounts goes with it, and so do its children, however it ends.
    const apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];
    await command([...apart, "debootstrap", `--variant=${variant}`, suite, folder]).catch((error) => {
      throw withLog(error, join(folder, "debootstrap", "debootstrap.log"));
    });
    addSources(join(folder, "etc/apt/sources.list"));
    trim(folder);
    const archive = join(workFolder, "base.tar");
    await command(["tar", "--numeric-owner", "-C", folder, "-cf", archive, "."]);
    await importArchive({ tag, content, archive });
  } finally {
    rmSync(workFolder, removal);
  }
}

/** debootstrap keeps what its programs say to itself: the reason of a failure is at the end of its log. */
function withLog(error, path) {
  if (!existsSync(path)) return error;
  const tail = readFileSync(path, "utf8").trimEnd().slice(-1_500);
  return explained(new Trouble(`${error.message}\nThe end of its log:\n${tail}`, error.remedy));
}

/** debootstrap names the release alone, at the mirror that it took; its updates lie there, too, and security's beside it. */
function addSources(path) {
  const [, mirror, suite] = /^deb (\S+?)\/? (\S+) main$/m.exec(readFileSync(path, "utf8")) ?? [];
  if (mirror === undefined) throw new Trouble(`debootstrap left no mirror in ${path}.`, "Look above.");
  const more = [`deb ${mirror} ${suite}-updates main`, `deb ${mirror}-security ${suite}-security main`, ""];
  writeFileSync(path, [`deb ${mirror} ${suite} main`, ...more].join("\n"));
}

function trim(folder) {
  for (const path of baseRecipe.emptied)
    for (const name of readdirSync(join(folder, path))) rmSync(join(folder, path, name), { recursive: true });
  // apt wants the first for its work, and alternatives of Java's packages the second for their links.
  mkdirSync(join(folder, "var/cache/apt/archives/partial"), { recursive: true });
  mkdirSync(join(folder, "usr/share/man/man1"), { recursive: true });
  for (const [path, text] of Object.entries(baseRecipe.files)) writeFileSync(join(folder, path), text);
}
