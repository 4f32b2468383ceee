import type { Command } from "commander";
import { exitCode } from "../exit-codes.ts";
import type { RegistryChoices } from "../image/open-target.ts";
import { outputFormat, print } from "../output/print.ts";
import { collect, examples, kubeconfigOption, outputOption, rootOption } from "./options.ts";

interface Asked {
  readonly root?: string;
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly output?: string;
}

const answer = (decision: "allow" | "deny"): void => {
  process.exitCode = decision === "allow" ? exitCode.ok : exitCode.no;
};

const codes = "\nExit codes: 0 yes, 1 no, 2 the question could not be asked.\n";

/** `bulkhead why access|traffic|pod|image`. */
export function registerWhy(program: Command): void {
  const why = program
    .command("why")
    .summary("may it, and by which object; what would change the answer")
    .description(
      "Ask what decides, before or after the fact. The answer comes from the same rules that enforce it: yes or no, by which object, rule and field, the value that would change it, and the command, filled in.",
    )
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead why access --as alice delete pods -n shop", "may she?"],
        ["bulkhead why traffic shop/web shop/db 5432", "may it connect?"],
        ["bulkhead why pod deploy.yaml", "may its pods run?"],
      )}${codes}`,
    );

  why
    .command("access")
    .summary("may a user do that?")
    .description(
      "May this user do that? By the groups system:masters, a node's own rights and RBAC, in that order. Groups that the server adds (a service account's, system:authenticated) are added here too. Without --as: may I?",
    )
    .argument("<verb>", "get, list, watch, create, update, patch, delete, deletecollection, impersonate, …")
    .argument("<resource>", "RESOURCE or RESOURCE/NAME (pods, po, deployments.apps, deploy/web), or a path (/healthz)")
    .option("--as <user>", "who asks: alice, system:serviceaccount:NAMESPACE:NAME, system:node:NAME")
    .option("--as-group <group>", "a group of that user; may be given several times", collect)
    .option("-n, --namespace <name>", "where (default: the kubeconfig's)")
    .option("-A, --all-namespaces", "in all of them at once")
    .option("--subresource <name>", "log, exec, scale, status, …")
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead why access --as alice get pods/web --subresource log -n shop", "may alice read that pod's log?"],
        [
          "bulkhead why access --as system:serviceaccount:shop:api list secrets -n shop",
          "may what runs as this service account?",
        ],
        ["bulkhead why access create deploy -n shop", "may I?"],
      )}${codes}`,
    )
    .action(
      async (
        verb: string,
        what: string,
        o: Asked & { as?: string; asGroup?: string[]; allNamespaces?: boolean; subresource?: string },
      ) => {
        const format = outputFormat(o.output);
        const { askAccess } = await import("../commands/why.ts");
        const { accessText } = await import("../why/why-text.ts");
        const report = await askAccess(o, { verb, what, ...o });
        print(report, format, accessText);
        answer(report.decision);
      },
    );

  why
    .command("traffic")
    .summary("may one end connect to the other?")
    .description(
      "May FROM open a connection to PORT of TO? An end is NAMESPACE/NAME (a pod, a workload, a Service), NAMESPACE/KIND/NAME, NAME in -n, or an address. Where an end stands for several pods, every pair is asked; one refusal is a no.",
    )
    .argument("<from>", "shop/web, shop/deployment/web, 10.0.0.7")
    .argument("<to>", "as FROM; a Service's ports are those of its pods behind it")
    .argument("<port>", "5432, 53/UDP, or a port's name")
    .option("-n, --namespace <name>", "for ends without one (default: the kubeconfig's)")
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead why traffic shop/web shop/db 5432", "may the web tier reach the database?"],
        ["bulkhead why traffic shop/web 169.254.169.254 80", "may it reach the cloud's metadata?"],
        ["bulkhead why traffic shop/api kube-system/service/kube-dns 53/UDP", "may it ask for names?"],
      )}${codes}`,
    )
    .action(async (from: string, to: string, port: string, o: Asked) => {
      const format = outputFormat(o.output);
      const { askTraffic } = await import("../commands/why.ts");
      const { trafficText } = await import("../why/why-text.ts");
      const report = await askTraffic(o, [from, to, port]);
      print(report, format, trafficText);
      answer(report.decision);
    });

  why
    .command("pod")
    .summary("may these pods be, and run?")
    .description(
      "May these pods be, and run? By pod security, image trust and the node's own policy: all broken rules at once. Asked of a file, of standard input (-), or of what is there: NAME of a pod, or KIND/NAME of a workload.",
    )
    .argument("<what>", "FILE, -, NAME or KIND/NAME")
    .option("-n, --namespace <name>", "where (default: the manifest's, else the kubeconfig's)")
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead why pod deploy.yaml", "before it is applied"],
        ["bulkhead why pod deploy/web -n shop", "why it has no pods, or has them"],
        [
          "kubectl run x --image=nginx --dry-run=client -o yaml | bulkhead why pod - -n shop",
          "what someone is about to type",
        ],
      )}${codes}`,
    )
    .action(async (what: string, o: Asked) => {
      const format = outputFormat(o.output);
      const { askPod } = await import("../commands/why.ts");
      const { podText } = await import("../why/why-text.ts");
      const report = await askPod(o, what, process.stdin);
      print(report, format, podText);
      answer(report.decision);
    });

  why
    .command("image")
    .summary("may this image run there?")
    .description(
      "May this image run there, as a new pod's? By registry and repository, by who signed it, and with --scan by what is in it. Its registry is asked what the API server would ask, and nothing where no policy lists it.",
    )
    .argument("<image>", "registry/path:tag or @sha256:…")
    .option("-n, --namespace <name>", "where (default: the kubeconfig's)")
    .option("--for <kind/name>", "whose Exceptions count: deployment/web (default: the namespace's)")
    .option("--scan", "read what is in it, too")
    .option("--pull-secret <file>", "a Docker credential file; may be given several times", collect)
    .option("--ca <registry=file>", "an authority to trust for a registry; may be given several times", collect)
    .option("--plain-http <registry>", "this registry speaks no TLS; may be given several times", collect)
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead why image registry.example.com/shop/web:1.4 -n shop", "is it signed as the policies ask?"],
        ["bulkhead why image nginx -n shop --for deployment/web --scan", "would the web tier be let run it?"],
      )}${codes}`,
    )
    .action(async (image: string, o: Asked & RegistryChoices & { for?: string; scan?: boolean }) => {
      const format = outputFormat(o.output);
      const { askImage } = await import("../commands/why-image.ts");
      const { imageText } = await import("../why/why-image-text.ts");
      const report = await askImage(o, image);
      print(report, format, imageText);
      answer(report.decision === "deny" ? "deny" : "allow");
    });
}
