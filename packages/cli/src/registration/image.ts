import { type Command, Option } from "commander";
import type { ScanChoices } from "../commands/image-scan.ts";
import { exitCode } from "../exit-codes.ts";
import type { JudgedReport } from "../image/judged-report.ts";
import { severities, type Threshold, thresholds } from "../image/scan-report.ts";
import { documentText, outputFormat, paint, print } from "../output/print.ts";
import { version } from "../output/version.ts";
import { registerImagePatch } from "./image-patch.ts";
import { collect, examples, kubeconfigOption, outputOption, rootOption } from "./options.ts";

const forms = ["table", "json", "sarif", "junit", "cyclonedx", "spdx"] as const;
type Form = (typeof forms)[number];

interface Scanned extends ScanChoices {
  readonly output: Form;
  readonly failOn: Threshold;
  readonly onlyFixed?: boolean;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly severity: string;
  readonly all?: boolean;
  readonly quiet?: boolean;
}

/** `bulkhead image scan|list|report|patch`. */
export function registerImage(program: Command): void {
  const image = program.command("image").summary("images: what is in them, and what is wrong with it");
  registerRunningImages(image);
  registerImagePatch(image);

  image
    .command("scan")
    .summary("read an image: its packages, their vulnerabilities, secrets in its layers, its configuration")
    .description(
      "Read an image layer by layer: packages of the distribution and of languages, known vulnerabilities (by the advisories at hand), secrets in every layer, deleted ones too, and how it is configured. What could not be seen is said. Needs no Bulkhead running and no root; layers read once are remembered.",
    )
    .argument(
      "<image>",
      "a reference (registry/path:tag or @sha256:…), an archive (docker save, OCI, compressed or not), a folder (an OCI layout, or a file system as it is), an SBOM (.json), or containerd:ROOT@sha256:…; FILE#NAME picks one of several",
    )
    .addOption(new Option("-o, --output <format>", "what to print").choices(forms).default("table"))
    .addOption(
      new Option("--fail-on <severity>", "exit with 1 from this severity on").choices(thresholds).default("high"),
    )
    .option("--only-fixed", "what has no fix yet does not count (malicious packages always do)")
    .option("--baseline <file>", "only what is new since then counts: a file of --write-baseline, or a former -o json")
    .option("--write-baseline <file>", "write down what is found, with the reasons that the file has already")
    .option(
      "--vex <file>",
      "statements that settle findings: OpenVEX, CycloneDX or CSAF; may be given several times",
      collect,
    )
    .option(
      "--vex-key <file>",
      "a public key: what its owner has signed beside the image at its registry settles findings; may be given several times",
      collect,
    )
    .option("--no-referrers", "do not look for statements beside the image at its registry")
    .addOption(
      new Option("--severity <severity>", "in the table, leave out vulnerabilities below this")
        .choices(severities)
        .default("low"),
    )
    .option("--all", "in the table, leave nothing out")
    .option("--platform <os/arch>", "which of a multi-platform image (default: this machine's, on Linux)")
    .addOption(rootOption())
    .option(
      "--database <file>",
      "the database of advisories, instead of the instance's, or the user's where there is none",
    )
    .option("--cache <folder>", "where layers are remembered")
    .option("--no-cache", "remember nothing, read everything")
    .option(
      "--pull-secret <file>",
      "credentials: a Docker config.json or .dockerconfigjson; may be given several times (default: Docker's own)",
      collect,
    )
    .option("--ca <registry=file>", "an authority to trust for this registry; may be given several times", collect)
    .option("--plain-http <registry>", "this registry speaks no TLS; may be given several times", collect)
    .option("--mirror <registry=host>", "ask this host first; may be given several times", collect)
    .option(
      "--compare <report>",
      "set beside ours what Trivy (JSON), Grype (JSON) or a signed vulnerability statement says; may be given several times",
      collect,
    )
    .option("-q, --quiet", "no progress")
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead image scan registry.example.com/shop/web:1.4", "what is in it, what is wrong with it"],
        ["docker save shop/web | gzip > web.tar.gz && bulkhead image scan web.tar.gz", "an archive, with no registry"],
        [
          "bulkhead image scan web.tar -o cyclonedx > web.cdx.json",
          "its SBOM, with vulnerabilities where advisories are at hand",
        ],
        ["bulkhead image scan web.tar --fail-on critical -o sarif > web.sarif", "in a pipeline"],
        [
          "bulkhead image scan web.tar --write-baseline web.baseline.json && bulkhead image scan web.tar --baseline web.baseline.json",
          "from now on, only what is new fails",
        ],
      )}\nExit codes: 0 nothing counts, or a baseline was written; 1 something at or above --fail-on does (known to be malicious or exploited counts at any severity, unless --fail-on never); 2 it could not be scanned, or a file that was named cannot be read.\n`,
    )
    .action(async (target: string, o: Scanned) => {
      const { expectArchive } = await import("../image/expect-archive.ts");
      const readers = expectArchive(target, o.cache);
      const { scan } = await import("../commands/image-scan.ts");
      const { baselineOf, writeDown } = await import("../image/baseline-file.ts");
      const { judgeReport } = await import("../image/judged-report.ts");
      // A broken baseline is told before the image is read.
      const baseline = await baselineOf(o);
      const talks = o.quiet !== true && process.stderr.isTTY === true;
      const report = await scan(target, { ...o, readers }, (done, all, cached) => {
        if (talks && !cached)
          process.stderr.write(`\r${paint("dim", `layer ${done} of ${all}`)}${done === all ? "\r\u001b[K" : ""}`);
      });
      const judged = judgeReport(report, o, baseline, Date.now());
      process.stdout.write(`${await written(judged, o, true)}\n`);
      if (o.writeBaseline !== undefined) {
        const { entries, expired } = await writeDown(o.writeBaseline, judged);
        process.stderr.write(
          `${o.writeBaseline}: ${entries} findings written down${expired === 0 ? "" : `; the time of ${expired} is over, and they count until \`expires\` is changed there`}\n`,
        );
      }
      process.exitCode = judged.count > 0 && o.writeBaseline === undefined ? exitCode.no : exitCode.ok;
    });
}

interface Listed {
  readonly namespace?: string;
  readonly all?: boolean;
  readonly root?: string;
  readonly kubeconfig?: string;
  readonly output?: string;
}

/** `bulkhead image list|report`: of what runs. */
function registerRunningImages(image: Command): void {
  image
    .command("list")
    .summary("what runs, and what is known of it, worst first")
    .description(
      "Every image that runs, with the short of its report, worst first: the agent reads each once after its pull and matches it again whenever advisories change. What could not be read or matched is said, never counted as nothing.",
    )
    .option("-n, --namespace <namespace>", "only what runs there")
    .option("--all", "also what runs no more, while its report is kept")
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(["bulkhead image list", "what runs"], ["bulkhead image list -n shop -o json", "for programs"])}\nExit codes: 0 answered, 2 not answered.\n`,
    )
    .action(async (o: Listed) => {
      const format = outputFormat(o.output);
      const { imageList } = await import("../commands/image-list.ts");
      const { imageListText } = await import("../image/image-list-text.ts");
      print(await imageList(o), format, imageListText);
    });

  image
    .command("report")
    .summary("the whole report of an image that runs")
    .description(
      "All that the agent found in an image that runs or ran here lately: packages, vulnerabilities, secrets, configuration. Needs root on the node.",
    )
    .argument("<image>", "its name as pods write it, or its digest, or how that begins")
    .addOption(new Option("-o, --output <format>", "what to print").choices(forms).default("table"))
    .addOption(
      new Option("--severity <severity>", "in the table, leave out vulnerabilities below this")
        .choices(severities)
        .default("low"),
    )
    .option("--all", "in the table, leave nothing out")
    .addOption(rootOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead image report 127.0.0.1:6445/shop/web:1", "by name"],
        ["bulkhead image report 31d5d282c306 -o cyclonedx", "by digest, as an SBOM with its vulnerabilities"],
      )}\nExit codes: 0 answered, 1 there is no report of it, 2 not answered.\n`,
    )
    .action(async (name: string, o: Pick<Scanned, "output" | "severity" | "all" | "root">) => {
      const { imageReport } = await import("../commands/image-report.ts");
      const { judgeReport } = await import("../image/judged-report.ts");
      const report = await imageReport(name, o.root === undefined ? {} : { root: o.root });
      const judged = judgeReport(report, { failOn: "high" }, undefined, Date.now());
      process.stdout.write(`${await written(judged, o, false)}\n`);
    });
}

/** In the form that was asked for. `ends`: the table says how it ends. */
async function written(
  judged: JudgedReport,
  o: Pick<Scanned, "output" | "severity" | "all">,
  ends: boolean,
): Promise<string> {
  const { report } = judged;
  const json = (value: unknown): string => documentText(value, "json").trimEnd();
  switch (o.output) {
    case "table":
      return (await import("../image/scan-text.ts")).scanText(report, {
        all: o.all === true,
        least: o.all === true ? "unknown" : o.severity,
        ...(ends ? { judged } : {}),
      });
    case "json":
      return json((await import("../image/report-json.ts")).reportJson(judged));
    case "sarif":
      return json((await import("../image/sarif.ts")).sarif(judged, version));
    case "junit":
      return (await import("../image/junit.ts")).junit(judged, new Date());
    case "cyclonedx":
    case "spdx":
      return json((await import("../commands/image-scan.ts")).sbomOf(report, o.output, version));
  }
}
