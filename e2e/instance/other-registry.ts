import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { type BuiltImage, createRegistryClient } from "@bulkhead/images";
import { until } from "./instance.ts";

/** The password `not-a-secret` of user `node`, as htpasswd keeps it. */
const users = "node:$2b$04$ZWSSquqkGtjc69e.I7lOCOda3DR3BwR7NLeTYDtW1Buo9XxxBsbYm\n";
export const login = { username: "node", password: "not-a-secret" };

/** Why no other registry can be run here, or undefined. */
export function lackingRegistry(): string | undefined {
  if (!existsSync(join(process.env["BULKHEAD_PARTS"] ?? "", "bin", "docker-registry"))) return "no docker-registry";
  return lackingAuthority();
}

/** Why no private authority can be made here, or undefined. */
export function lackingAuthority(): string | undefined {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "needs openssl";
  }
}

/** A private authority in a folder, with a certificate for loopback: PEM files `ca.crt`, `tls.crt` and `tls.key`. */
export function makePrivateAuthority(folder: string): string {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-subj", "/CN=private authority", "-keyout", "ca.key", "-out", "ca.crt");
  const leaf = [
    "-subj",
    "/CN=registry",
    "-addext",
    "subjectAltName=IP:127.0.0.1",
    "-addext",
    "basicConstraints=CA:FALSE",
  ];
  openssl(
    "req",
    "-x509",
    ...key,
    ...leaf,
    "-CA",
    "ca.crt",
    "-CAkey",
    "ca.key",
    "-keyout",
    "tls.key",
    "-out",
    "tls.crt",
  );
  return join(folder, "ca.crt");
}

/** A registry that is none of an instance's. */
export interface OtherRegistry {
  readonly host: string;
  push(repository: string, tag: string, image: BuiltImage): Promise<string>;
  /** Lines of its access log so far. */
  heard(): readonly string[];
  stop(): Promise<void>;
}

/** Starts Debian's registry on loopback: over TLS of the folder's authority or plain, for `login` alone or for everyone. */
export async function startOtherRegistry(
  folder: string,
  port: number,
  kind: { readonly tls: boolean; readonly auth: boolean },
): Promise<OtherRegistry> {
  const host = `127.0.0.1:${port}`;
  const at = (name: string): string => join(folder, `${port}-${name}`);
  mkdirSync(at("blobs"));
  writeFileSync(at("users"), users);
  const settings = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: at("blobs") } },
    http: {
      addr: host,
      ...(kind.tls ? { tls: { certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") } } : {}),
    },
    ...(kind.auth ? { auth: { htpasswd: { realm: "test", path: at("users") } } } : {}),
  };
  // YAML is a superset of JSON.
  writeFileSync(at("config.yml"), JSON.stringify(settings));
  const log = at("log");
  writeFileSync(log, "");
  const program = join(process.env["BULKHEAD_PARTS"] ?? "", "bin", "docker-registry");
  const child: ChildProcess = spawn("sh", ["-c", `exec "$0" serve "$1" >"$2" 2>&1`, program, at("config.yml"), log], {
    stdio: "ignore",
  });
  const heard = (): string[] => readFileSync(log, "utf8").split("\n");
  const client = createRegistryClient({
    host,
    ...(kind.tls ? { ca: readFileSync(join(folder, "ca.crt"), "utf8") } : { plainHttp: true }),
    ...(kind.auth ? { credentials: login } : {}),
  });
  const up = await until(
    () =>
      client.tags("none").then(
        () => true,
        (error: { readonly code?: string }) => error.code === "absent",
      ),
    (answers) => answers,
    20,
  );
  if (!up) throw new Error(`the registry at ${host} does not answer:\n${heard().join("\n")}`);
  return {
    host,
    push: (repository, tag, image) => client.push(repository, tag, image),
    heard,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

/** What a door heard: who asked for what, and with which credentials. */
export interface Asked {
  readonly agent: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** A door over TLS of the folder's authority before another registry, which writes down what it hears. */
export async function startDoor(
  folder: string,
  port: number,
  behind: number,
): Promise<{ readonly host: string; readonly asked: readonly Asked[]; stop(): Promise<void> }> {
  const asked: Asked[] = [];
  const keys = { cert: readFileSync(join(folder, "tls.crt")), key: readFileSync(join(folder, "tls.key")) };
  const server = createServer(keys, (from, to) => {
    const { authorization, "user-agent": agent = "" } = from.headers;
    const path = from.url ?? "";
    asked.push({ agent, path, authorization });
    const onward = request(
      { host: "127.0.0.1", port: behind, path, method: from.method, headers: from.headers },
      (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      },
    );
    onward.once("error", () => to.destroy());
    from.pipe(onward);
  });
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
