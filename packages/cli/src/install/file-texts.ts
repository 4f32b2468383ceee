import { createHash } from "node:crypto";
import { join } from "node:path";
import { CommandFailure } from "../exit-codes.ts";
import { defaultRoot } from "../instance/usual-root.ts";
import { type MadeFile, madeBy } from "./made-files.ts";

export interface InstallPlaces {
  /** The instance's folder, absolute. */
  readonly root: string;
  /** Where programs are; default /usr/local. */
  readonly prefix: string;
  /** Where systemd looks; default /etc/systemd/system. */
  readonly units: string;
}

/** Letters that stand for themselves in a shell, in a unit and in a file's name. */
const plain = /^\/[A-Za-z0-9_./-]+$/;

/** Refuses folders whose names would have to be quoted in a script and a unit. */
export function checkPlaces(places: InstallPlaces): void {
  for (const path of [places.root, places.prefix, places.units])
    if (!plain.test(path) || path.includes("/../"))
      throw new CommandFailure(`${JSON.stringify(path)}: choose an absolute path of letters, digits and _ . - only`);
}

/** The command on the path. It runs the programs that lie in the instance's folder, which every bulkhead up renews. */
export function wrapper({ root, prefix }: InstallPlaces): MadeFile {
  const programs = join(root, "programs");
  const text = `#!/bin/sh
${madeBy}
programs=${programs}
if [ ! -x "$programs/node" ] || [ ! -e "$programs/bulkhead.mjs" ]; then
  echo "bulkhead: ${root} holds no programs any more; run npm start in the clone, or bulkhead uninstall" >&2
  exit 2
fi
BULKHEAD_INSTALLED_ROOT=${root}
BULKHEAD_DISTRIBUTION="$programs"
export BULKHEAD_INSTALLED_ROOT BULKHEAD_DISTRIBUTION
exec "$programs/node" "$programs/bulkhead.mjs" "$@"
`;
  return { path: join(prefix, "bin", "bulkhead"), text, mode: 0o755 };
}

/** `bulkhead.service`, or one with a name of its own for an instance elsewhere. */
export const unitName = (root: string): string =>
  root === defaultRoot
    ? "bulkhead.service"
    : `bulkhead-${createHash("sha256").update(root).digest("hex").slice(0, 8)}.service`;

/**
 * Starts the instance at boot and brings it down in order. Only the process that systemd started is stopped by it:
 * containers, and what they need, go on, as with bulkhead down.
 */
export function unit(places: InstallPlaces): MadeFile {
  const { root, units } = places;
  const text = `${madeBy}
[Unit]
Description=Bulkhead container orchestrator (${root})
After=network-online.target nss-lookup.target time-sync.target
Wants=network-online.target
StartLimitIntervalSec=300
StartLimitBurst=10
ConditionPathExists=${join(root, "instance.json")}

[Service]
Type=exec
ExecStart=${wrapper(places).path} up --root ${root}
Restart=always
RestartSec=5
KillMode=process
TimeoutStopSec=90
Delegate=yes
OOMScoreAdjust=-500
LimitNOFILE=1048576
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;
  return { path: join(units, unitName(root)), text, mode: 0o644 };
}
