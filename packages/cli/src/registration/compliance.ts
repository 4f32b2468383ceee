import { type Command, Option } from "commander";
import type { ComplianceOptions, Gathered } from "../commands/compliance.ts";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { documentText, harmless } from "../output/print.ts";
import { version } from "../output/version.ts";
import { examples } from "./options.ts";
import { tellProblems, whereToJudge } from "./where-to-look.ts";

const forms = ["table", "json", "oscal", "html", "markdown"] as const;
type Form = (typeof forms)[number];
const documents = ["assessment-results", "assessment-plan", "component-definition"] as const;
type OscalDocument = (typeof documents)[number];

interface Given extends ComplianceOptions {
  readonly output: Form;
  readonly oscal: OscalDocument;
  readonly file?: string;
  readonly sign?: string;
}

async function oscalText({ evidence, evaluation, report }: Gathered, document: OscalDocument): Promise<string> {
  const { oscalComponent, oscalEvidence, oscalPlan } = await import("@bulkhead/analysis");
  const asked = evidence.frameworks.map(({ id }) => id);
  switch (document) {
    case "assessment-results":
      return documentText(oscalEvidence(evidence, evaluation, report), "json");
    case "assessment-plan":
      return documentText(oscalPlan(asked, evaluation.controls, evidence), "json");
    case "component-definition":
      return documentText(oscalComponent(asked, evaluation.controls, evidence), "json");
  }
}

async function written(gathered: Gathered, form: Form, document: OscalDocument): Promise<string> {
  const { evidence } = gathered;
  switch (form) {
    case "table":
      return `${(await import("../compliance/evidence-text.ts")).evidenceText(evidence)}\n`;
    case "json":
      return documentText(evidence, "json");
    case "oscal":
      return oscalText(gathered, document);
    case "html":
      return (await import("@bulkhead/analysis")).evidenceHtml(evidence);
    case "markdown":
      return (await import("@bulkhead/analysis")).evidenceMarkdown(evidence);
  }
}

/** `bulkhead compliance`, and `compliance verify`. */
export function registerCompliance(program: Command): void {
  const compliance = whereToJudge(program.command("compliance"))
    .summary("evidence by framework: which requirement is met, by which controls, on which objects, since when")
    .description(
      "Lay what every control found beside what frameworks ask for: pss (Pod Security Standards), nsa (NSA/CISA guidance), cis (CIS Benchmark), attack (MITRE ATT&CK), owasp (Kubernetes Top Ten), nist (SP 800-190), pci (PCI DSS). Nothing is met where something is not known or nothing was there to look at; requirements without a control are gaps, and what only people can answer is said to be theirs. Evidence for an assessment, no certificate.",
    )
    .argument("[framework]", "pss, nsa, cis, attack, owasp, nist or pci (default: all)")
    .enablePositionalOptions()
    .option("-n, --namespace <name>", "only what is there")
    .option("--since <time>", "also how each requirement stood from then on: 30d, or a time")
    .option("--until <time>", "with --since: to then (default: now)")
    .addOption(new Option("-o, --output <format>", "as what").choices([...forms]).default("table"))
    .addOption(
      new Option("--oscal <document>", "with -o oscal: which").choices([...documents]).default("assessment-results"),
    )
    .option("--file <file>", "write it there, not to standard output")
    .option("--sign <key>", "with --file: write FILE.sig beside, by this private key (PEM; Ed25519 or ECDSA)")
    .addHelpText(
      "after",
      `${examples(
        ["sudo bulkhead compliance", "every framework in a line"],
        ["sudo bulkhead compliance cis", "the CIS Benchmark, requirement by requirement"],
        [
          "sudo bulkhead compliance cis --since 2026-10-01T00:00:00Z --until 2026-11-01T00:00:00Z -o html --file october.html",
          "how each requirement stood throughout October, with the times in which nobody looked",
        ],
        ["bulkhead compliance pss --from k8s/ -n shop", "manifests, before anything is applied"],
        [
          "sudo bulkhead compliance -o html --file evidence.html --sign auditor.pem",
          "a page to print and sign, with a signature beside",
        ],
        ["bulkhead compliance verify evidence.html evidence.html.sig --key auditor.pub", "is it as it was signed?"],
        ["bulkhead compliance cis -o oscal --oscal assessment-plan", "for tools that read OSCAL"],
      )}\nExit codes: 0 all that controls answer is met, accepted, or about something that is not there (with --since: all the time, and somebody looked all the time); 1 something is not met, or not known; 2 the question could not be asked, or not all could be read as it was named.\n`,
    )
    .action(async (framework: string | undefined, o: Given) => {
      if (o.sign !== undefined && o.file === undefined)
        throw new CommandFailure("--sign signs a file: name it with --file");
      const { frameworksNamed, gatherCompliance } = await import("../commands/compliance.ts");
      frameworksNamed(framework);
      const { signingKey, writeSigned } = await import("../compliance/signature.ts");
      const key = o.sign === undefined ? undefined : await signingKey(o.sign);
      const { output, oscal, file, sign: _, ...options } = o;
      const { isHeld } = await import("@bulkhead/analysis");
      const { text, held, problems } = await gatherCompliance(
        { ...options, ...(framework === undefined ? {} : { framework }) },
        version,
        process.stdin,
        async (gathered) => ({
          text: await written(gathered, output, oscal),
          held: isHeld(gathered.evidence),
          problems: gathered.problems,
        }),
      );
      tellProblems({ problems });
      if (file === undefined) process.stdout.write(text);
      else if (key === undefined) await (await import("node:fs/promises")).writeFile(file, text);
      else process.stderr.write(`${file}, signed in ${await writeSigned(file, text, key)}\n`);
      process.exitCode = problems.length > 0 ? exitCode.usage : held ? exitCode.ok : exitCode.no;
    });

  compliance
    .command("verify")
    .summary("whether a document is as it was signed")
    .argument("<file>", "the document")
    .argument("<signature>", "what --sign wrote beside it")
    .requiredOption("--key <file>", "the public key of who signed (PEM)")
    .addHelpText("after", "\nExit codes: 0 it is, 1 it is not, 2 the question could not be asked.\n")
    .action(async (file: string, signature: string, o: { key: string }) => {
      const { holds } = await import("../compliance/signature.ts");
      const good = await holds(file, signature, o.key);
      process.stdout.write(
        good
          ? `${harmless(file)} is as it was signed by ${harmless(o.key)}\n`
          : `${harmless(file)} is NOT what was signed, or another key signed it\n`,
      );
      if (!good) process.exitCode = exitCode.no;
    });
}
