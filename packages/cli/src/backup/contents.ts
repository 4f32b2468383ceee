/** Whose a file becomes when it comes back: among the keys, who may read it. */
type Owner = "root" | "apiserver" | "controllers";

export interface Piece {
  /** Below the instance's root. */
  readonly path: string;
  readonly owner: Owner;
  readonly mode: number;
  /** An instance has to have it. */
  readonly needed: boolean;
}

/** The largest that a file may be which is read whole. The database is read as it streams. */
export const smallFile = 16 * 1024 * 1024;

export const databasePath = "apiserver/store/store.db";
export const masterKeyFolder = "apiserver/keys";
export const signingKeyPath = "backups/signing.key";
export const layoutPath = "network/layout.json";
export const configPath = "instance.json";

const piece = (path: string, owner: Owner, mode: number, needed = true): Piece => ({ path, owner, mode, needed });

/**
 * All that a backup may hold: what an instance cannot make again by itself. What is not in this table is neither taken nor
 * brought back. Certificates of processes are not, since authorities issue new ones at the next start.
 */
export const pieces: readonly Piece[] = [
  piece(configPath, "root", 0o644),
  piece("node-policy.json", "root", 0o600, false),
  piece("registries.json", "root", 0o644, false),
  piece("mirror-credentials.json", "root", 0o600, false),
  piece("patch-repositories.json", "root", 0o644, false),
  piece(layoutPath, "root", 0o600, false),
  piece(signingKeyPath, "root", 0o600),
  ...["server-ca", "client-ca", "registry-token-ca"].flatMap((name) => [
    piece(`pki/ca/${name}.crt`, "root", 0o644),
    piece(`pki/ca/${name}.key`, "root", 0o640),
  ]),
  ...["service-account", "audit"].flatMap((name) => [
    piece(`pki/apiserver/${name}.key`, "apiserver", 0o640),
    piece(`pki/apiserver/${name}.pub`, "apiserver", 0o640),
  ]),
  piece("pki/controllers/image-signing.key", "controllers", 0o640),
  piece(`${masterKeyFolder}/master.key`, "apiserver", 0o600),
  piece("apiserver/identities.json", "apiserver", 0o600, false),
  piece(databasePath, "apiserver", 0o600),
];

/** What a person has to know is not in it. */
export const leftOut: readonly string[] = [
  "images: those of the machine's own registry have to be pushed again, others are pulled",
  "what containers wrote: emptyDir and hostPath volumes, logs",
  "advisories, image reports and posture history outside the API: made again from their sources",
  "Bulkhead's own programs and parts",
];
