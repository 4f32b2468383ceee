/** A registry on loopback and the real cosign, each with a folder of its own. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type BuiltImage, buildImage, createRegistryClient, packLayer, type RegistryClient } from "../../src/index.ts";

const parts = process.env["BULKHEAD_PARTS"] ?? "";

/** Why these tests cannot run here, or undefined. */
export function lackingCosign(): string | undefined {
  if (parts === "") return "BULKHEAD_PARTS is not set";
  for (const program of ["bin/docker-registry", "test/bin/cosign"])
    if (!existsSync(join(parts, program))) return `${program} is not among the parts`;
  return undefined;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

export type KeyKind = "cosign" | "p384" | "ed25519" | "rsa";

export interface SigningRig {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly folder: string;
  readonly registry: RegistryClient;
  /** Pushes an image whose one file holds the text; resolves with its digest. */
  image(repository: string, text: string): Promise<string>;
  /** A signing key; resolves with its public half in PEM. */
  key(name: string, kind?: KeyKind): Promise<string>;
  /** Runs cosign; rejects with what it said when it fails. */
  cosign(...args: string[]): Promise<string>;
  /** Writes a file beside the keys; gives its path. */
  file(name: string, content: string): string;
  close(): Promise<void>;
}

/** What makes cosign sign with a key and no log, in its newer and its older form. */
export const withoutLog = (rig: SigningRig): readonly string[] => [
  "--signing-config",
  join(rig.folder, "no-services.json"),
];
export const olderForm = ["--use-signing-config=false", "--tlog-upload=false", "--new-bundle-format=false"] as const;

export async function startSigning(): Promise<SigningRig> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-signing-"));
  const host = `127.0.0.1:${await freePort()}`;
  mkdirSync(join(folder, "home"));
  const config = join(folder, "registry.yml");
  writeFileSync(
    config,
    `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: "${join(folder, "blobs")}" } }\nhttp: { addr: "${host}" }\n`,
  );
  const served = spawn(join(parts, "bin/docker-registry"), ["serve", config], { stdio: "ignore" });
  const registry = createRegistryClient({ host, plainHttp: true });
  const rig: SigningRig = {
    host,
    folder,
    registry,
    image: async (repository, text) => {
      const layer = await packLayer([{ type: "file", path: "text", content: Buffer.from(text), mode: 0o644 }]);
      const image: BuiltImage = buildImage([layer], { architecture: "amd64", entrypoint: ["/text"], user: "1" });
      return registry.push(repository, "latest", image);
    },
    key: async (name, kind = "cosign") => {
      if (kind === "cosign") await rig.cosign("generate-key-pair", "--output-key-prefix", name);
      else {
        const made =
          kind === "rsa"
            ? generateKeyPairSync("rsa", { modulusLength: 3072 })
            : kind === "p384"
              ? generateKeyPairSync("ec", { namedCurve: "P-384" })
              : generateKeyPairSync("ed25519");
        const pem = made.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
        await rig.cosign("import-key-pair", "--key", rig.file(`${name}.pem`, pem), "--output-key-prefix", name);
      }
      return readFileSync(join(folder, `${name}.pub`), "utf8");
    },
    cosign: async (...args) => {
      const child = spawn(join(parts, "test/bin/cosign"), args, {
        cwd: folder,
        // No way out: whatever cosign asks of the network by default fails at once.
        env: {
          PATH: "",
          HOME: join(folder, "home"),
          COSIGN_PASSWORD: "",
          COSIGN_YES: "true",
          HTTPS_PROXY: "http://127.0.0.1:1",
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      let complained = "";
      child.stdout.on("data", (part: Buffer) => (said += part.toString()));
      child.stderr.on("data", (part: Buffer) => (complained += part.toString()));
      const [code] = (await once(child, "close")) as [number | null];
      if (code !== 0) throw new Error(`cosign ${args[0] ?? ""} ended with ${code}: ${complained.slice(-2000)}`);
      return said;
    },
    file: (name, content) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    close: async () => {
      served.kill("SIGKILL");
      if (served.exitCode === null && served.signalCode === null) await once(served, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (let tries = 0; ; tries++) {
    try {
      await rig.image("probe", "probe");
      break;
    } catch (error) {
      if (tries > 60) throw error;
      await pause(250);
    }
  }
  const none = ["fulcio", "oidc", "rekor", "tsa"].map((service) => `--no-default-${service}`);
  await rig.cosign("signing-config", "create", ...none, "--out", "no-services.json");
  return rig;
}
