import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildImage, createRegistryClient, loadSignatures, type RegistryClient, sha256 } from "@bulkhead/images";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type DebianMirror,
  lackingDebian,
  startDebianMirror,
} from "../packages/images/integration/rig/debian-mirror.ts";
import { bulkhead, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { adminToken } from "./instance/test-image.ts";
import { applied, told } from "./instance/tool-pod.ts";
import { keptVisit, visitors } from "./instance/visitors.ts";

let reason = whyNot() ?? lackingDebian();
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

describe.skipIf(reason !== undefined)(
  `a base with missing fixes${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let registry: RegistryClient;
    let digest: string;
    let host: string;
    const versions = mirror?.versions("libssl3") ?? { old: undefined, fixed: undefined };

    beforeAll(async () => {
      if (mirror === undefined) return;
      const tar = mirror.oldSystem(["openssl", "libexpat1"]);
      instance = await startInstance();
      const repositories = mirror.configured();
      await writeFile(join(instance.root, "patch-repositories.json"), JSON.stringify({ repositories }));
      const lists = join(mirror.folder, "advisories");
      await mkdir(lists);
      await copyFile(mirror.securityIndex, join(lists, "mirror_dists_bookworm-security_main_Packages"));
      const imported = await bulkhead("advisories", "import", lists, "--root", instance.root);
      expect([imported.code, imported.stderr]).toEqual([0, ""]);

      host = `127.0.0.1:${instance.port + 2}`;
      const ca = await readFile(join(instance.root, "pki", "registry", "server-ca.crt"), "utf8");
      registry = createRegistryClient({ host, ca, tokenFor: adminToken(instance) });
      const bytes = gzipSync(tar, { level: 1 });
      const layer = {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" as const,
        digest: sha256(bytes),
        diffId: sha256(tar),
        bytes,
      };
      const entrypoint = ["/usr/bin/perl", "-e", server];
      digest = await registry.push(
        "lantern/web",
        "1",
        buildImage([layer], { architecture: "amd64", entrypoint, user: "1000" }),
      );
    }, 600_000);
    afterAll(async () => {
      mirror?.close();
      await instance?.remove();
    });

    test("is patched from the security suite, signed, and rolled out under load with no request lost", async () => {
      const labels = { app: "web" };
      const key = await readFile(join(instance.root, "image-signing.pub"), "utf8");
      await applied(instance, [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "lantern" } },
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "ImageTrustPolicy",
          metadata: { name: "lantern" },
          spec: {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "lantern" } },
            allow: [{ registry: host, repositories: ["lantern/*"] }],
          },
        },
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "web", namespace: "lantern" },
          spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 8080 }] }] },
        },
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web", namespace: "lantern" },
          spec: {
            replicas: 1,
            progressDeadlineSeconds: 240,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: {
                securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
                containers: [
                  {
                    name: "web",
                    image: `${host}/lantern/web:1`,
                    ports: [{ containerPort: 8080 }],
                    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                  },
                ],
              },
            },
          },
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "web", namespace: "lantern" },
          spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
        },
      ]);
      await told(instance, "-n", "lantern", "rollout", "status", "deployment/web", "--timeout=240s");
      const address = `http://${await told(instance, "-n", "lantern", "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")}`;
      const stop = load(address);
      await applied(instance, [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "UpdatePolicy",
          metadata: { name: "web", namespace: "lantern" },
          spec: { tags: { prefix: "", order: "Numeric" }, cooldown: "1s", soak: "4s", patching: "WhenNoTag" },
        },
      ]);
      interface History {
        readonly records: readonly {
          readonly outcome: string;
          readonly from: string;
          readonly to: string;
          readonly summary?: string;
        }[];
      }
      const history = await until(
        async () => {
          const ran = await bulkhead(
            "update",
            "history",
            "web",
            "-n",
            "lantern",
            "--root",
            instance.root,
            "-o",
            "json",
          );
          return JSON.parse(ran.stdout) as History;
        },
        ({ records }) => records.length > 0,
        600,
      );
      const { answers, lost } = await stop();
      const [record] = history.records;
      expect(record).toMatchObject({
        outcome: "Finished",
        to: expect.stringMatching(new RegExp(`lantern/web:1-patched\\.${digest.slice(7, 19)}\\.[0-9a-f]{8}@sha256:`)),
      });
      expect(record?.summary).toContain(`libssl3 ${versions.old ?? "?"} -> ${versions.fixed ?? "?"}`);
      expect(lost).toEqual([]);
      expect([...answers.keys()].sort()).toEqual(
        [`libssl3 ${versions.old ?? "?"}`, `libssl3 ${versions.fixed ?? "?"}`].sort(),
      );

      const patched = /@(sha256:[0-9a-f]{64})$/.exec(record?.to ?? "")?.[1] ?? "";
      const { checkSignatures, readableTrust } = await loadSignatures();
      const signed = await checkSignatures(registry, {
        repository: "lantern/web",
        digest: patched,
        trust: readableTrust([key], []),
        now: Date.now(),
      });
      expect(signed.facts.map(({ kind }) => kind)).toEqual(["signature"]);
    }, 900_000);
  },
);
