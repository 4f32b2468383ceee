import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageReportSummary } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { openShop } from "./instance/shop.ts";
import { pushToolImage } from "./instance/test-image.ts";
import { applied, asList, told, toolPod } from "./instance/tool-pod.ts";

const reason = whyNot();

interface Whole {
  readonly inventory: {
    readonly distribution?: { readonly id: string };
    readonly packages: readonly { readonly ecosystem: string; readonly name: string; readonly version: string }[];
  };
  readonly match?: {
    readonly findings: readonly { readonly id: string; readonly package: { readonly name: string } }[];
  };
}

const flaw = "CVE-2099-1234";
const release = {
  status: "resolved",
  repositories: { forky: "99:1" },
  fixed_version: "99:1",
  urgency: "high",
};
/** As Debian's tracker and CISA's catalogue publish them. */
const tracker = { glibc: { [flaw]: { description: "made up", releases: { forky: release, sid: release } } } };
const exploited = {
  title: "CISA Catalog of Known Exploited Vulnerabilities",
  catalogVersion: "2099.01.01",
  dateReleased: new Date().toISOString(),
  count: 1,
  vulnerabilities: [
    { cveID: flaw, dateAdded: "2026-01-01", dueDate: "2026-01-02", knownRansomwareCampaignUse: "Known" },
  ],
};

describe.skipIf(reason !== undefined)(
  `what runs is read, and matched with what becomes known${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;

    beforeAll(async () => {
      instance = await startInstance();
      folder = await mkdtemp(join(tmpdir(), "bulkhead-images-"));
      await openShop(instance);
    });
    afterAll(async () => {
      await instance?.remove();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    const list = async (): Promise<readonly ImageReportSummary[]> => {
      const { stdout } = await bulkhead("image", "list", "-n", "shop", "--root", instance.root, "-o", "json");
      return (JSON.parse(stdout) as { images: ImageReportSummary[] }).images;
    };
    const listed = (good: (image: ImageReportSummary) => boolean): Promise<readonly ImageReportSummary[]> =>
      until(list, (images) => images.length === 3 && images.every(good), 180);
    const whole = async (image: ImageReportSummary | undefined): Promise<Whole> => {
      const ran = await bulkhead("image", "report", image?.digest ?? "", "--root", instance.root, "-o", "json");
      expect(ran).toMatchObject({ code: 0 });
      return JSON.parse(ran.stdout) as Whole;
    };
    const tier = (images: readonly ImageReportSummary[], name: string): ImageReportSummary | undefined =>
      images.find((image) => image.images.some((each) => each.includes(`/shop/${name}:`)));

    test("each image of the shop has a report with its Debian packages and the runtime of Node", async () => {
      const images = await listed((image) => image.scannedAt !== undefined);
      expect(images).toHaveLength(3);
      for (const image of images) expect(image).toMatchObject({ namespaces: ["shop"], sources: [] });
      const db = await whole(tier(images, "db"));
      expect(db.inventory.distribution?.id).toBe("debian");
      const names = db.inventory.packages.filter((p) => p.ecosystem === "dpkg").map((p) => p.name);
      expect(names).toEqual(expect.arrayContaining(["libc6", "libssl3t64", "postgresql-18"]));
      for (const name of ["web", "api"]) {
        const { inventory } = await whole(tier(images, name));
        const found = inventory.packages.map((p) => `${p.ecosystem} ${p.name}`);
        expect(found).toEqual(expect.arrayContaining(["dpkg libc6", "runtime node"]));
        const node = inventory.packages.find((p) => p.ecosystem === "runtime");
        expect(node?.version).toBe(process.versions.node);
      }
    });

    test("reports are not for every pod to read", async () => {
      const report = await instance.kubectl("get", "imagereports", "-o", "jsonpath={.items[*].report.scannedAt}");
      expect(report.stdout.split(" ")).toHaveLength(3);
      const as = ["--as", "system:serviceaccount:shop:web"];
      expect((await instance.kubectl("get", "imagereports", ...as)).stderr).toContain("Forbidden");
    });

    test("an advisory that is taken in shows on what runs within a minute, with an Event on each pod", async () => {
      await writeFile(join(folder, "tracker.json"), JSON.stringify(tracker));
      await writeFile(join(folder, "known_exploited_vulnerabilities.json"), JSON.stringify(exploited));
      const imported = await bulkhead("advisories", "import", folder, "--root", instance.root);
      expect(imported).toMatchObject({ code: 0 });
      const images = await until(
        list,
        (all) => all.length === 3 && all.every((image) => (image.counts?.exploited ?? 0) > 0),
        60,
      );
      for (const image of images) expect(image.counts).toMatchObject({ exploited: 1, fixable: 1 });
      const db = await whole(tier(images, "db"));
      expect(db.match?.findings.filter((f) => f.id === flaw).map((f) => f.package.name)).toEqual(["libc6"]);
      const told = "jsonpath={range .items[*]}{.involvedObject.name} {.message}{'\\n'}{end}";
      const events = await until(
        () => instance.kubectl("-n", "shop", "get", "events", "--field-selector", "reason=ImageFindings", "-o", told),
        (ran) => ran.stdout.trim().split("\n").length === 3,
        20,
      );
      expect(events.stdout).toContain(`${flaw} in libc6`);
      const table = await bulkhead("image", "list", "--root", instance.root);
      expect(table.stdout).toContain("/shop/db:1");
      // What ran goes on.
      const pods = await instance.kubectl("-n", "shop", "get", "pods", "-o", "jsonpath={.items[*].status.phase}");
      expect(pods.stdout).toBe("Running Running Running");
    });

    describe("where a policy asks what is in an image", () => {
      const state = "jsonpath={.status.containerStatuses[0].state}";
      const stateOf = async (pod: string): Promise<string> =>
        (await instance.kubectl("-n", "fresh", "get", "pod", pod, "-o", state)).stdout;
      const eventsOf = async (namespace: string, reason: string): Promise<string> => {
        const which = ["get", "events", "--field-selector", `reason=${reason}`];
        return told(instance, "-n", namespace, ...which, "-o", "jsonpath={.items[*].message}");
      };
      let web = "";
      let tool = "";

      beforeAll(async () => {
        web = tier(await list(), "web")?.images[0] ?? "";
        tool = await pushToolImage(instance);
        await told(instance, "create", "namespace", "fresh");
        await applied(instance, [
          {
            apiVersion: "security.bulkhead.dev/v1alpha1",
            kind: "ImageTrustPolicy",
            metadata: { name: "known-content" },
            spec: {
              namespaceSelector: {
                matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["fresh", "shop"] }],
              },
              allow: [{ registry: tool.split("/")[0], repositories: ["*"] }],
              vulnerabilities: { exploited: "Refuse" },
            },
          },
        ]);
      });
      const pod = (name: string, image: string, command: readonly string[]): object =>
        toolPod({ namespace: "fresh", name, image, command });

      test("one that nobody read waits until it is read, and starts", async () => {
        await applied(instance, [pod("tool", tool, ["sleep", "3600"])]);
        await told(instance, "-n", "fresh", "wait", "--for=condition=Ready", "pod/tool", "--timeout=60s");
        expect(await eventsOf("fresh", "ImageScanPending")).toContain("Container main waits");
      });

      const script = ["/usr/bin/node", "-e", "setInterval(() => undefined, 1000)"];

      test("one that is reported with an exploited flaw is refused where it is written, but where it ran", async () => {
        const made = await instance.kubectlWith(asList([pod("web", web, script)]), "apply", "-f", "-");
        expect(made.stderr).toContain(`${flaw} in libc6`);
        expect(made.stderr).toContain("bulkhead allow image exploited --for pod/web -n fresh");
        const inShop = await until(
          () => told(instance, "get", "imagereports", "-o", "jsonpath={.items[*].report.ranIn[*]}"),
          (namespaces) => namespaces === "fresh shop shop shop" || namespaces === "shop shop shop fresh",
        );
        expect(inShop.split(" ").sort()).toEqual(["fresh", "shop", "shop", "shop"]);
      });

      test("one that nobody reported is refused by its node with the command that lifts it, and starts once it was given", async () => {
        await told(instance, "delete", "imagereports", "--all");
        await applied(instance, [pod("web", web, script)]);
        const refused = await until(
          () => stateOf("web"),
          (is) => is.includes("ImageRefused"),
        );
        expect(refused).toContain(`${flaw} in libc6`);
        const command = /bulkhead (allow image exploited .*?--value \S+)/.exec(
          JSON.parse(refused).waiting.message,
        )?.[1];
        expect(command).toContain("-n fresh");
        const words = [...(command ?? "").split(" "), "--reason", "a test", "--root", instance.root];
        expect(await bulkhead(...words)).toMatchObject({ code: 0 });
        const started = await until(
          () => stateOf("web"),
          (is) => is.includes("running"),
        );
        expect(started).toContain("running");
      });

      test("what ran in its namespace before starts again, and is told of", async () => {
        await told(instance, "-n", "shop", "rollout", "restart", "deployment/web");
        await told(instance, "-n", "shop", "rollout", "status", "deployment/web", "--timeout=90s");
        expect(await eventsOf("shop", "ImagePolicy")).toContain(flaw);
      });
    });

    test("an image at the machine's own registry is scanned by its name, with the admin's rights there", async () => {
      const [image] = (await list()).flatMap((each) => each.images);
      const ran = await bulkhead("image", "scan", image ?? "", "--root", instance.root, "-o", "json", "--no-cache");
      expect(ran.stderr).toBe("");
      expect((JSON.parse(ran.stdout) as Whole).inventory.packages.length).toBeGreaterThan(0);
    });
  },
);
