import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createRegistryClient } from "@bulkhead/images";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { adminToken, pushToolImage } from "./instance/test-image.ts";

const cosignProgram = join(process.env["BULKHEAD_PARTS"] ?? "", "test", "bin", "cosign");
const reason = whyNot() ?? (existsSync(cosignProgram) ? undefined : "test/bin/cosign is not among the parts");

const indented = (text: string, by: number): string => text.trim().replaceAll(/^/gm, " ".repeat(by));

const policy = (key: string): string => `apiVersion: security.bulkhead.dev/v1alpha1
kind: ImageTrustPolicy
metadata: {name: signed}
spec:
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: signed}}
  allow: []
  signatures:
  - images: ["*"]
    authorities:
    - name: release
      key:
        publicKey: |
${indented(key, 10)}
`;

const spec = (image: string, by: number): string =>
  indented(
    `containers:
- name: c
  image: ${image}
  securityContext:
    allowPrivilegeEscalation: false
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
    capabilities: {drop: [ALL]}
`,
    by,
  );

const pod = (name: string, image: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: signed}\nspec:\n${spec(image, 2)}\n`;

const deployment = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: signed}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
${spec(image, 6)}
`;

describe.skipIf(reason !== undefined)(
  `images signed with the real cosign${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;
    let image: string;
    let digest: string;
    let sign: (key: string) => Promise<void>;

    /** cosign against the instance's own registry, with no way to any other service. */
    async function cosign(...args: string[]): Promise<void> {
      const env = {
        PATH: "",
        HOME: folder,
        COSIGN_PASSWORD: "",
        COSIGN_YES: "true",
        HTTPS_PROXY: "http://127.0.0.1:1",
        NO_PROXY: "127.0.0.1,10.0.0.0/8",
      };
      await promisify(execFile)(cosignProgram, args, { cwd: folder, env });
    }

    beforeAll(async () => {
      instance = await startInstance();
      folder = await mkdtemp(join(tmpdir(), "bulkhead-signatures-"));
      image = await pushToolImage(instance);
      const host = image.slice(0, image.indexOf("/"));
      const ca = join(instance.root, "pki", "registry", "server-ca.crt");
      const tokenFor = adminToken(instance);
      const registry = createRegistryClient({ host, ca: await readFile(ca, "utf8"), tokenFor });
      digest = (await registry.resolve("e2e/tool", "1")).digest;
      const none = ["fulcio", "oidc", "rekor", "tsa"].map((service) => `--no-default-${service}`);
      await cosign("signing-config", "create", ...none, "--out", "no-services.json");
      for (const key of ["release", "other"]) await cosign("generate-key-pair", "--output-key-prefix", key);
      const ours = ["token", "--user", "signer", "--group", "system:masters", "--root", instance.root];
      const password = (await bulkhead(...ours)).stdout.trim();
      const login = ["--registry-cacert", ca, "--registry-username", "any", "--registry-password", password];
      sign = (key) =>
        cosign(
          "sign",
          "--key",
          `${key}.key`,
          "--signing-config",
          "no-services.json",
          ...login,
          `${host}/e2e/tool@${digest}`,
        );
      await instance.kubectl("create", "namespace", "signed");
      const key = await readFile(join(folder, "release.pub"), "utf8");
      const applied = await instance.kubectlWith(policy(key), "apply", "-f", "-");
      expect(applied).toMatchObject({ code: 0 });
    });
    afterAll(async () => {
      await instance.remove();
      await rm(folder, { recursive: true, force: true });
    });

    test("an unsigned image is refused as a pod and warned of as a Deployment: which key, what is there, which command", async () => {
      const refused = await instance.kubectlWith(pod("unsigned", image), "apply", "-f", "-");
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(
        `@${digest} may not run: ImageTrustPolicy signed (spec.signatures[0]) asks for a signature by the key "release" (SHA-256 `,
      );
      expect(refused.stderr).toContain("found: none");
      expect(refused.stderr).toContain("bulkhead allow image signature --for pod/unsigned -n signed --value ");
      const warned = await instance.kubectlWith(deployment(image), "apply", "-f", "-");
      expect(warned.code).toBe(0);
      expect(warned.stderr).toContain('asks for a signature by the key "release"');
      await instance.kubectl("-n", "signed", "delete", "deployment", "web");
    });

    test("bulkhead why image says the same, from the same decider; bulkhead check says what will be asked", async () => {
      const why = (...words: string[]) =>
        bulkhead("why", "image", ...words, "--root", instance.root, "--kubeconfig", instance.kubeconfig);
      const refused = await why(image, "-n", "signed", "--for", "deployment/web");
      expect(refused.code).toBe(1);
      expect(refused.stdout).toContain('asks for a signature by the key "release"');
      expect(refused.stdout).toContain("bulkhead allow image signature --for deployment/web -n signed --value ");
      expect((await why(image, "-n", "default")).code).toBe(0);
      // What no pod can have may not run, whatever the policies say.
      const absent = await why(`${image}-not-there`, "-n", "default");
      expect([absent.code, absent.stdout]).toEqual([1, expect.stringContaining("cannot be resolved to a digest")]);
      const file = join(folder, "deployment.yaml");
      await writeFile(file, deployment(image));
      const checked = await bulkhead("check", file, "--root", instance.root, "--kubeconfig", instance.kubeconfig);
      expect(checked.stdout).toContain('asks for a signature by the key "release"');
      expect(checked.stdout).toContain("they are looked for when its pods are admitted");
    });

    test("signed by another's key it is still refused, and whose signature is there is said", async () => {
      await sign("other");
      // What was looked up a moment ago is kept for some seconds.
      const refused = await until(
        () => instance.kubectlWith(pod("others", image), "apply", "-f", "-"),
        ({ stderr }) => stderr.includes("found: 1 "),
      );
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("found: 1 by a key that no policy names");
    });

    test("signed by the key that the policy names it runs, pinned to the digest that was signed", async () => {
      await sign("release");
      const created = await until(
        () => instance.kubectlWith(pod("signed", image), "apply", "-f", "-"),
        ({ code }) => code === 0,
      );
      expect(created.stderr).toBe("");
      const running = await until(
        () =>
          instance.kubectl(
            "-n",
            "signed",
            "get",
            "pod",
            "signed",
            "-o",
            "jsonpath={.status.phase} {.spec.containers[0].image}",
          ),
        ({ stdout }) => stdout.startsWith("Running"),
      );
      expect(running.stdout).toBe(`Running ${image}@${digest}`);
      const why = await bulkhead(
        "why",
        "image",
        image,
        "-n",
        "signed",
        "--root",
        instance.root,
        "--kubeconfig",
        instance.kubeconfig,
      );
      expect(why.code).toBe(0);
      expect(why.stdout).toContain("signed as ImageTrustPolicy signed asks, by the key ");
    });

    test("what was signed does not pass under another digest, and a policy for other namespaces asks nothing", async () => {
      const other = `${image.slice(0, image.lastIndexOf(":"))}@sha256:${"0".repeat(64)}`;
      const refused = await instance.kubectlWith(pod("another", other), "apply", "-f", "-");
      expect(refused.stderr).toContain("found: none");
      const elsewhere = await instance.kubectlWith(
        pod("unsigned", other).replace("namespace: signed", "namespace: default"),
        "apply",
        "--dry-run=server",
        "-f",
        "-",
      );
      expect(elsewhere.stderr).not.toContain("asks for a signature");
    });

    test("an Exception opens the door for one image, by the command that the refusal printed", async () => {
      const unsigned = `${image.slice(0, image.lastIndexOf(":"))}@sha256:${"0".repeat(64)}`;
      const refused = await instance.kubectlWith(pod("excused", unsigned), "apply", "--dry-run=server", "-f", "-");
      const command = /bulkhead allow image signature [^\n]*--reason/.exec(refused.stderr)?.[0] ?? "";
      const words = command
        .replace(/^bulkhead /, "")
        .replace(/ --reason$/, "")
        .split(" ");
      const allowed = await bulkhead(
        ...words,
        "--reason",
        "the test of the door",
        "--root",
        instance.root,
        "--kubeconfig",
        instance.kubeconfig,
      );
      expect(allowed).toMatchObject({ code: 0 });
      const passed = await instance.kubectlWith(pod("excused", unsigned), "apply", "--dry-run=server", "-f", "-");
      expect(passed.code).toBe(0);
    });
  },
);
