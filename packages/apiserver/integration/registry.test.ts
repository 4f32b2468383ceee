import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createRegistryTokens,
  notifierAuthenticator,
  notifierDigest,
  type RegistrySigner,
  type RegistryTokens,
} from "../src/index.ts";
import { createAuthority } from "./certificates.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const program = join(process.env["BULKHEAD_PARTS"] ?? "", "bin/docker-registry");
const why = existsSync(program) ? undefined : "bin/docker-registry is not among the parts";

const group = "registry.security.bulkhead.dev";
const service = "bulkhead-registry-test";
const issuer = "bulkhead-test";
const secret = "what-the-registry-tells-with";

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

interface AuditRecord {
  readonly verb: string;
  readonly user: { readonly username?: string };
  readonly objectRef?: { readonly namespace?: string; readonly name?: string; readonly subresource?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly responseStatus: { readonly code: number };
}

describe.skipIf(why !== undefined)(
  `the real registry with the API server as its token service${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    const authority = createAuthority("registry tokens");
    let server: TestServer;
    let registry: ChildProcess;
    let folder: string;
    let base: string;

    const signerOf = (of: typeof authority): RegistrySigner => {
      const { cert, key } = of.issue("registry-token");
      return { certificate: cert, key };
    };
    const tokensOf = (of: typeof authority, now = Date.now): RegistryTokens =>
      createRegistryTokens({ signer: signerOf(of), issuer, service, now });

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "registry-"));
      server = await startTestServer({
        registryTokens: tokensOf(authority),
        authenticators: [notifierAuthenticator(() => new Set([notifierDigest(secret)]))],
      });
      const bind = async (path: string, role: object, subject: object): Promise<void> => {
        const name = (role as { metadata: { name: string } }).metadata.name;
        const kind = path === "" ? "Cluster" : "";
        const at = `/apis/rbac.authorization.k8s.io/v1${path}`;
        await server.call("POST", `${at}/${kind.toLowerCase()}roles`, { body: { ...role, kind: `${kind}Role` } });
        const made = await server.call("POST", `${at}/${kind.toLowerCase()}rolebindings`, {
          body: {
            metadata: { name },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: `${kind}Role`, name },
            subjects: [subject],
          },
        });
        expect(made.status).toBe(201);
      };
      const rbac = "rbac.authorization.k8s.io";
      const role = (name: string, rule: object) => ({ metadata: { name }, rules: [rule] });
      const user = (name: string) => ({ kind: "User", apiGroup: rbac, name });
      for (const name of ["team", "other"])
        await server.call("POST", "/api/v1/namespaces", { body: { metadata: { name } } });
      const paths = (path: string, ...verbs: string[]) => ({ nonResourceURLs: [path], verbs });
      const authenticated = { kind: "Group", apiGroup: rbac, name: "system:authenticated" };
      await bind("", role("clients", paths("/registry/token", "get", "post")), authenticated);
      await bind("", role("notifier", paths("/registry/events", "post")), user("system:bulkhead:registry"));
      const on = (resourceNames: string[], ...verbs: string[]) => ({
        apiGroups: [group],
        resources: ["repositories"],
        verbs,
        ...(resourceNames.length === 0 ? {} : { resourceNames }),
      });
      await bind("/namespaces/team", role("push", on(["app"], "pull", "push")), user("alice"));
      await bind("/namespaces/team", role("pull", on([], "pull")), user("system:node:one"));

      const port = await freePort();
      base = `http://127.0.0.1:${port}`;
      await writeFile(join(folder, "ca.crt"), authority.cert);
      await writeFile(join(folder, "serving-ca.crt"), server.authority.cert);
      const settings = {
        version: 0.1,
        log: { level: "error", accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } },
        http: { addr: `127.0.0.1:${port}` },
        auth: {
          token: { realm: `${server.url}/registry/token`, service, issuer, rootcertbundle: join(folder, "ca.crt") },
        },
        notifications: {
          endpoints: [
            {
              name: "audit",
              url: `${server.url}/registry/events`,
              headers: { Authorization: [`Bearer ${secret}`] },
              timeout: "2s",
              threshold: 5,
              backoff: "100ms",
              ignore: { mediatypes: ["application/octet-stream"], actions: ["pull", "mount"] },
            },
          ],
        },
      };
      await writeFile(join(folder, "config.yml"), JSON.stringify(settings));
      registry = spawn(program, ["serve", join(folder, "config.yml")], {
        stdio: ["ignore", "ignore", "inherit"],
        env: { SSL_CERT_FILE: join(folder, "serving-ca.crt"), OTEL_TRACES_EXPORTER: "none", PATH: "/usr/bin:/bin" },
      });
      for (let tries = 0; tries < 300; tries++) {
        if ((await fetch(`${base}/v2/`).catch(() => undefined)) !== undefined) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("the registry does not answer");
    });
    afterAll(async () => {
      registry?.kill();
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    });

    /** A registry token as its clients get one: Basic, with a bearer token as the password. */
    async function tokenOf(user: string, ...scopes: string[]): Promise<string> {
      const query = new URLSearchParams({ service, account: user });
      for (const scope of scopes) query.append("scope", scope);
      const authorization = `Basic ${Buffer.from(`anyone:${user}`).toString("base64")}`;
      const answer = await server.call<{ token: string; access_token: string; expires_in: number }>(
        "GET",
        `/registry/token?${query.toString()}`,
        { as: "", headers: { authorization } },
      );
      expect(answer.status).toBe(200);
      expect([answer.body.expires_in, answer.body.access_token]).toEqual([300, answer.body.token]);
      return answer.body.token;
    }
    const ask = (method: string, path: string, token?: string, body?: Uint8Array, type = "application/octet-stream") =>
      fetch(path.startsWith("http") ? path : `${base}/v2/${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": type }),
        },
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
    const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

    /** Pushes an image of nothing; gives its digest, or the code of the first refusal. */
    async function push(repository: string, tag: string, token: string): Promise<string | number> {
      const config = Buffer.from("{}");
      const begun = await ask("POST", `${repository}/blobs/uploads/`, token);
      if (begun.status !== 202) return begun.status;
      const upload = new URL(begun.headers.get("location") ?? "", base);
      upload.searchParams.set("digest", sha256(config));
      expect((await ask("PUT", upload.href, token, config)).status).toBe(201);
      const type = "application/vnd.oci.image.manifest.v1+json";
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: type,
          config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: sha256(config), size: 2 },
          layers: [],
        }),
      );
      const put = await ask("PUT", `${repository}/manifests/${tag}`, token, manifest, type);
      return put.status === 201 ? (put.headers.get("docker-content-digest") ?? "") : put.status;
    }
    const audit = (): AuditRecord[] =>
      [...server.store.readAudit(1)].map(({ record }) => JSON.parse(Buffer.from(record).toString()) as AuditRecord);
    async function recorded(good: (record: AuditRecord) => boolean): Promise<AuditRecord | undefined> {
      for (let tries = 0; tries < 100; tries++) {
        const found = audit().find(good);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return undefined;
    }

    test("refuses who shows nothing, and says where tokens are to be had", async () => {
      const answer = await ask("GET", "team/app/manifests/1");
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer realm="${server.url}/registry/token",service="${service}",scope="repository:team/app:pull"`,
      );
    });

    test("no token is given to nobody, to a wrong password, or for another service", async () => {
      const path = "/registry/token?scope=repository:team/app:pull";
      const basic = `Basic ${Buffer.from("alice:wrong").toString("base64")}`;
      expect((await server.call("GET", path, { as: "" })).status).toBe(403);
      expect((await server.call("GET", path, { as: "", headers: { authorization: basic } })).status).toBe(401);
      expect((await server.call("GET", `${path}&service=elsewhere`, { as: "alice" })).status).toBe(400);
      expect((await server.call("PUT", "/registry/token", { as: "admin" })).status).toBe(405);
    });

    test("whom a Role lets push to a repository pushes there, and nowhere else; one record says who pushed what", async () => {
      const token = await tokenOf("alice", "repository:team/app:pull,push", "repository:other/app:push");
      const digest = await push("team/app", "1", token);
      expect(digest).toMatch(/^sha256:/);
      expect(await push("other/app", "1", token)).toBe(401);
      expect(await push("team/app2", "1", await tokenOf("alice", "repository:team/app2:pull,push"))).toBe(401);
      const asked = audit().find((r) => r.objectRef?.subresource === "token");
      expect(asked).toMatchObject({
        user: { username: "alice" },
        objectRef: { resource: "repositories", namespace: "team", name: "app" },
        annotations: {
          [`${group}/asked`]: "repository:team/app:pull,push repository:other/app:push",
          [`${group}/granted`]: "repository:team/app:pull,push",
        },
      });
      const told = await recorded((r) => r.verb === "push");
      expect(told).toMatchObject({
        user: { username: "alice" },
        sourceIPs: ["127.0.0.1"],
        objectRef: { apiGroup: group, resource: "repositories", namespace: "team", name: "app" },
        annotations: { [`${group}/tag`]: "1", [`${group}/digest`]: digest },
      });
      expect(audit().filter((r) => r.verb === "push")).toHaveLength(1);
    });

    test("whom a Role lets pull pulls, and does not push", async () => {
      const token = await tokenOf("system:node:one", "repository:team/app:pull,push");
      expect((await ask("GET", "team/app/tags/list", token)).status).toBe(200);
      expect(await push("team/app", "2", token)).toBe(401);
    });

    test("only who may list repositories sees which there are; only who may delete deletes, and is written down", async () => {
      expect((await ask("GET", "_catalog", await tokenOf("alice", "registry:catalog:*"))).status).toBe(401);
      expect((await ask("GET", "_catalog", await tokenOf("admin", "registry:catalog:*"))).status).toBe(200);
      const digest = await push("team/gone", "1", await tokenOf("admin", "repository:team/gone:pull,push"));
      const path = `team/gone/manifests/${digest}`;
      expect((await ask("DELETE", path, await tokenOf("alice", "repository:team/gone:*"))).status).toBe(401);
      expect((await ask("DELETE", path, await tokenOf("admin", "repository:team/gone:*"))).status).toBe(202);
      expect(await recorded((r) => r.verb === "delete" && r.objectRef?.name === "gone")).toMatchObject({
        user: { username: "admin" },
        annotations: { [`${group}/digest`]: digest },
      });
    });

    test("takes no token that ended, that another authority's key signed, or that is for another service", async () => {
      const access = [{ type: "repository" as const, name: "team/app", actions: ["pull"] }];
      const status = async (tokens: RegistryTokens) =>
        (await ask("GET", "team/app/tags/list", tokens.issue("alice", access).token)).status;
      expect(await status(tokensOf(authority))).toBe(200);
      // It forgives a minute between clocks.
      expect(await status(tokensOf(authority, () => Date.now() - 362_000))).toBe(401);
      expect(await status(tokensOf(createAuthority("registry tokens")))).toBe(401);
      expect(await status(createRegistryTokens({ signer: signerOf(authority), issuer, service: "another" }))).toBe(401);
      expect(await status(createRegistryTokens({ signer: signerOf(authority), issuer: "another", service }))).toBe(401);
      const [head = "", body = ""] = tokensOf(authority).issue("alice", access).token.split(".");
      expect((await ask("GET", "team/app/tags/list", `${head}.${body}.AAAA`)).status).toBe(401);
      const none = Buffer.from('{"typ":"JWT","alg":"none"}').toString("base64url");
      expect((await ask("GET", "team/app/tags/list", `${none}.${body}.`)).status).toBe(401);
    });

    test("a token for the registry opens nothing at the API server", async () => {
      const token = await tokenOf("admin", "repository:team/app:pull");
      expect((await server.call("GET", "/api/v1/namespaces", { as: token })).status).toBe(401);
    });

    test("a POST with the credential in its form gets the same (OAuth2), and shows nobody else's", async () => {
      const post = (fields: Readonly<Record<string, string>>) =>
        server.call<{ access_token: string; scope: string; expires_in: number }>("POST", "/registry/token", {
          as: "",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({ service, client_id: "test", ...fields }).toString(),
        });
      const scope = "repository:team/app:pull,push repository:other/app:push";
      const given = await post({ grant_type: "password", username: "x", password: "alice", scope });
      expect([given.status, given.body.scope, given.body.expires_in]).toEqual([
        200,
        "repository:team/app:pull,push",
        300,
      ]);
      expect(await push("team/app", "oauth", given.body.access_token)).toMatch(/^sha256:/);
      expect((await post({ grant_type: "refresh_token", refresh_token: "alice", scope })).status).toBe(200);
      expect((await post({ grant_type: "password", password: "wrong", scope })).status).toBe(401);
      expect((await post({ grant_type: "password", scope })).status).toBe(403);
      expect((await post({ grant_type: "client_credentials", scope })).status).toBe(400);
      expect((await post({ grant_type: "password", password: "alice", scope: "x".repeat(30_000) })).status).toBe(413);
      expect((await post({ grant_type: "password", password: "alice", service: "elsewhere" })).status).toBe(400);
    });

    test("whoever is not the registry tells the API server of no push", async () => {
      const body = { events: [{ action: "push", target: { repository: "team/app" }, actor: { name: "bob" } }] };
      for (const as of ["alice", ""])
        expect((await server.call("POST", "/registry/events", { as, body })).status).toBe(403);
      expect(audit().some((r) => r.user.username === "bob")).toBe(false);
    });
  },
);
