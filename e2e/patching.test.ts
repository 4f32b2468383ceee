import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  type BuiltImage,
  buildImage,
  createRegistryClient,
  loadSignatures,
  type RegistryClient,
  sha256,
} from "@bulkhead/images";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type DebianMirror,
  lackingDebian,
  startDebianMirror,
} from "../packages/images/integration/rig/debian-mirror.ts";
import { bulkhead, freePorts, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import {
  lackingRegistry,
  login,
  makePrivateAuthority,
  type OtherRegistry,
  startOtherRegistry,
} from "./instance/other-registry.ts";
import { adminToken } from "./instance/test-image.ts";
import { applied, told } from "./instance/tool-pod.ts";
import { keptVisit, visitors } from "./instance/visitors.ts";

let reason = whyNot() ?? lackingDebian() ?? lackingRegistry();
let mirror: DebianMirror | undefined;
if (reason === undefined)
  try {
    mirror = await startDebianMirror();
  } catch {
    reason = "no Debian mirror is reached";
  }

/** Answers with the version of a library that it could load; told to end, it goes on answering until nobody asks any more. */
const server = `
use IO::Socket::INET;
my $end = 0; $SIG{TERM} = sub { $end ||= time + 4 };
open(my $f, "<", "/var/lib/dpkg/status"); my $name = ""; my $version = "";
while (<$f>) { $name = $1 if /^Package: (\\S+)/; $version = $1 if $name eq "libssl3" && /^Version: (\\S+)/ }
my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die $!;
$s->timeout(1);
while (!$end || time < $end) {
  my $c = $s->accept or next;
  while (my $l = <$c>) { last if $l =~ /^\\r?$/ }
  my $b = "libssl3 $version\\n";
  print $c "HTTP/1.1 200 OK\\r\\nContent-Length: " . length($b) . "\\r\\nConnection: close\\r\\n\\r\\n$b";
  close $c;
}
`;

function load(
  address: string,
): () => Promise<{ readonly answers: ReadonlyMap<string, number>; readonly lost: readonly string[] }> {
  const answers = new Map<string, number>();
  const counted = (text: string): undefined => {
    const said = text.trim();
    answers.set(said, (answers.get(said) ?? 0) + 1);
  };
  const leave = visitors(keptVisit(address, counted, 20_000), { count: 2, pause: 50 });
  return async () => ({ answers, lost: (await leave()).lost });
}

const labels = { app: "web" };

/** A namespace that runs one Deployment of this image, by a policy of its own. */
const namespaceOf = (name: string, image: string, policy: object, pod: object = {}): object[] => [
  { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "ImageTrustPolicy",
    metadata: { name },
    spec: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } }, ...policy },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: name },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: 240,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...pod,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "web",
              image,
              ports: [{ containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      },
    },
  },
];
const patching = (namespace: string): object => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "UpdatePolicy",
  metadata: { name: "web", namespace },
  spec: { tags: { prefix: "", order: "Numeric" }, cooldown: "1s", soak: "4s", patching: "WhenNoTag" },
});

describe.skipIf(reason !== undefined)(
  `a base with missing fixes${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let registry: RegistryClient;
    /** Wants a password, and TLS of an authority of its own. */
    let other: OtherRegistry;
    let digest: string;
    let privateDigest: string;
    /** The old system, as an image of its own by this name. */
    let system: (name: string) => BuiltImage;
    let host: string;
    let key: string;
    const versions = mirror?.versions("libssl3") ?? { old: undefined, fixed: undefined };

    beforeAll(async () => {
      if (mirror === undefined) return;
      const tar = mirror.oldSystem(["openssl", "libexpat1"]);
      const ca = makePrivateAuthority(mirror.folder);
      other = await startOtherRegistry(mirror.folder, await freePorts(), { tls: true, auth: true });
      instance = await startInstance("--trust", other.host);
      expect((await bulkhead("registry", "set", other.host, "--ca", ca, "--root", instance.root)).code).toBe(0);
      const repositories = mirror.configured();
      await writeFile(join(instance.root, "patch-repositories.json"), JSON.stringify({ repositories }));
      const lists = join(mirror.folder, "advisories");
      await mkdir(lists);
      await copyFile(mirror.securityIndex, join(lists, "mirror_dists_bookworm-security_main_Packages"));
      const imported = await bulkhead("advisories", "import", lists, "--root", instance.root);
      expect([imported.code, imported.stderr]).toEqual([0, ""]);

      host = `127.0.0.1:${instance.port + 2}`;
      key = await readFile(join(instance.root, "image-signing.pub"), "utf8");
      const ownCa = await readFile(join(instance.root, "pki", "registry", "server-ca.crt"), "utf8");
      registry = createRegistryClient({ host, ca: ownCa, tokenFor: adminToken(instance) });
      const bytes = gzipSync(tar, { level: 1 });
      const layer = {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" as const,
        digest: sha256(bytes),
        diffId: sha256(tar),
        bytes,
      };
      system = (name) =>
        buildImage([layer], {
          architecture: "amd64",
          entrypoint: ["/usr/bin/perl", "-e", server],
          user: "1000",
          labels: { name },
        });
      digest = await registry.push("lantern/web", "1", system("own"));
      privateDigest = await other.push("base/web", "1", system("private"));
    }, 600_000);
    afterAll(async () => {
      await other?.stop();
      mirror?.close();
      await instance?.remove();
    });

    const command = (...words: string[]) => bulkhead(...words, "--root", instance.root);
    const pods = (namespace: string, what: string) =>
      told(instance, "-n", namespace, "get", "pods", "-l", "app=web", `-o=jsonpath={.items[*]${what}}`);
    const rolledOut = (namespace: string) =>
      told(instance, "-n", namespace, "rollout", "status", "deployment/web", "--timeout=240s");

    interface Record {
      readonly outcome: string;
      readonly to: string;
      readonly summary?: string;
    }
    /** How the first update of a namespace ended. */
    const ended = (namespace: string): Promise<Record | undefined> =>
      until(
        async () => {
          const ran = await command("update", "history", "web", "-n", namespace, "-o", "json");
          return (JSON.parse(ran.stdout) as { readonly records: readonly Record[] }).records[0];
        },
        (record) => record !== undefined,
        600,
      );
    async function signatures(repository: string, image: string | undefined) {
      const { checkSignatures, readableTrust } = await loadSignatures();
      const signed = await checkSignatures(registry, {
        repository,
        digest: /@(sha256:[0-9a-f]{64})$/.exec(image ?? "")?.[1] ?? "",
        trust: readableTrust([key], []),
        now: Date.now(),
      });
      return signed.facts.map(({ kind, forNamespace }) => [kind, forNamespace]);
    }

    test("is patched from the security suite, signed, and rolled out under load with no request lost", async () => {
      await applied(instance, [
        ...namespaceOf("lantern", `${host}/lantern/web:1`, {
          allow: [{ registry: host, repositories: ["lantern/*"] }],
        }),
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "web", namespace: "lantern" },
          spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 8080 }] }] },
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "web", namespace: "lantern" },
          spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
        },
      ]);
      await rolledOut("lantern");
      const address = `http://${await told(instance, "-n", "lantern", "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")}`;
      const stop = load(address);
      await applied(instance, [patching("lantern")]);
      const record = await ended("lantern");
      const { answers, lost } = await stop();
      expect(record).toMatchObject({
        outcome: "Finished",
        to: expect.stringMatching(new RegExp(`lantern/web:1-patched\\.${digest.slice(7, 19)}\\.[0-9a-f]{8}@sha256:`)),
      });
      expect(record?.summary).toContain(`libssl3 ${versions.old ?? "?"} -> ${versions.fixed ?? "?"}`);
      expect(lost).toEqual([]);
      expect([...answers.keys()].sort()).toEqual(
        [`libssl3 ${versions.old ?? "?"}`, `libssl3 ${versions.fixed ?? "?"}`].sort(),
      );
      expect(await signatures("lantern/web", record?.to)).toEqual([["signature", "lantern"]]);
    }, 900_000);

    test("at a registry that wants a password: patched into the instance's own, signed for its namespace, rolled out, and followed on", async () => {
      const made = `vault/patched/${other.host.replace(":", "_")}/base/web`;
      await applied(
        instance,
        namespaceOf(
          "vault",
          `${other.host}/base/web:1`,
          {
            allow: [
              { registry: other.host, repositories: ["base/*"] },
              { registry: host, repositories: ["vault/patched/*"] },
            ],
            // The door asks for the instance's signature of what it patched.
            signatures: [
              { images: [`${host}/vault/patched/*`], authorities: [{ name: "us", key: { publicKey: key } }] },
            ],
          },
          { imagePullSecrets: [{ name: "pull" }] },
        ),
      );
      await told(
        instance,
        ..."-n vault create secret docker-registry pull".split(" "),
        `--docker-server=${other.host}`,
        `--docker-username=${login.username}`,
        `--docker-password=${login.password}`,
      );
      await rolledOut("vault");
      await applied(instance, [patching("vault")]);
      const record = await ended("vault");
      expect(record).toMatchObject({
        outcome: "Finished",
        to: expect.stringMatching(
          new RegExp(`^${host}/${made}:1-patched\\.${privateDigest.slice(7, 19)}\\.[0-9a-f]{8}@sha256:[0-9a-f]{64}$`),
        ),
      });
      expect(record?.summary).toContain(`libssl3 ${versions.old ?? "?"} -> ${versions.fixed ?? "?"}`);
      expect(await signatures(made, record?.to)).toEqual([["signature", "vault"]]);
      expect(await pods("vault", ".spec.containers[0].image")).toContain(record?.to);
      // A newer tag of its base is still found, and that it has the flaws which the patch mended.
      await other.push("base/web", "2", system("newer"));
      const planned = await until(
        () => command("update", "plan", "-n", "vault", "--check", "-o", "json"),
        ({ stdout }) => stdout.includes("Worse"),
        120,
      );
      expect(planned.stdout).toContain(`${other.host}/base/web:2@sha256:`);
      expect(planned.stdout).toContain("Worse");
    }, 900_000);
  },
);
