import { Trouble } from "../harness/bootstrap/trouble.mjs";

/** What docker, debootstrap and apt say when they fail, and what to do about it; the first that fits. */
const known = [
  [
    /permission denied.*docker|docker.*permission denied|dial unix.*permission denied/i,
    "You may not use Docker's socket. Join its group (sudo usermod -aG docker $USER, then log in again), or run this as root.",
  ],
  [
    /cannot connect to the docker daemon|is the docker daemon running|docker\.sock.*(?:no such file|connection refused)/i,
    "No Docker daemon answers. Start it (sudo systemctl start docker; without systemd: sudo dockerd), or point DOCKER_HOST at one.",
  ],
  [
    /no space left on device|not enough free space|You don't have enough free space/i,
    "The disk is full. `docker system df` shows what Docker holds, `docker system prune` frees what nothing uses.",
  ],
  [
    /unable to fetch|failed to fetch|temporary failure resolving|could not (?:resolve|connect)|couldn't download|failed getting release/i,
    "Debian's packages cannot be reached. Check the network; behind a proxy set http_proxy, which is handed on to the builds.",
  ],
  [
    /unable to locate package/i,
    "Debian's mirror lacks a package that the image needs: try again later, or set another mirror.",
  ],
];

/**
 * The same trouble with the remedy that its words ask for. What the system refused (disk full, no rights) is trouble too; every
 * other error is our own defect and stays as it is.
 */
export function explained(error) {
  const trouble =
    error?.syscall === undefined
      ? error
      : new Trouble(error.message, "Mend what the line above names, then try again.");
  if (!(trouble instanceof Trouble)) return error;
  const fit = known.find(([pattern]) => pattern.test(trouble.message));
  return fit === undefined ? trouble : new Trouble(trouble.message, fit[1]);
}
