import type { Command } from "commander";
import type { RegistryWish } from "../commands/registry.ts";
import { outputFormat, print } from "../output/print.ts";
import { collect, examples, outputOption, rootOption } from "./options.ts";

interface Given extends RegistryWish {
  readonly output?: string;
}

/** `bulkhead registry set|list|remove`. */
export function registerRegistry(program: Command): void {
  const registry = program
    .command("registry")
    .summary("how registries are reached: mirrors, private authorities, plain HTTP")
    .description(
      "Say how the node and the API server reach registries. It holds at once, for pulls, tags and signatures. Whether an image of a registry may run is an ImageTrustPolicy's to say, and credentials are the pods' own (imagePullSecrets).",
    );

  registry
    .command("set")
    .summary("how one registry is reached from now on")
    .description(
      "Say how a registry is reached; what was said of it before no longer holds. A mirror is reached as set under its own name.",
    )
    .argument("<host>", "as image names begin: registry.example.com, 10.0.0.5:5000, docker.io")
    .option("--mirror <host>", "ask there first; may be given several times, in order", collect)
    .option("--ca <file>", "PEM certificates of the authority that its certificate leads to; read now")
    .option("--plain-http", "speak plain HTTP with it: passwords and tags are open to whoever is on the way")
    .addOption(rootOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["sudo bulkhead registry set registry.example.com --ca /etc/ssl/ours.pem", "a private authority"],
        ["sudo bulkhead registry set docker.io --mirror mirror.example.com", "a mirror is asked before Docker Hub"],
        ["sudo bulkhead registry set 10.0.0.5:5000 --plain-http", "a registry without TLS, on a link you trust"],
      )}\nExit codes: 0 done, 2 not understood, or not root.\n`,
    )
    .action(async (host: string, o: Given) => {
      const format = outputFormat(o.output);
      const { setRegistry } = await import("../commands/registry.ts");
      const { changeText } = await import("../registry/registry-text.ts");
      print(await setRegistry(host, o), format, changeText);
    });

  registry
    .command("list")
    .summary("the registries that are reached in another way than usual")
    .addOption(rootOption())
    .addOption(outputOption())
    .addHelpText("after", "\nExit codes: 0 shown, 1 the file cannot be taken as it is: what held before holds.\n")
    .action(async (o: Given) => {
      const format = outputFormat(o.output);
      const { listRegistries } = await import("../commands/registry.ts");
      const { listText } = await import("../registry/registry-text.ts");
      print(await listRegistries(o), format, listText);
    });

  registry
    .command("remove")
    .summary("reach a registry as any other again")
    .argument("<host>", "as it was set")
    .addOption(rootOption())
    .addOption(outputOption())
    .addHelpText("after", "\nExit codes: 0 done, 2 not understood, or not root.\n")
    .action(async (host: string, o: Given) => {
      const format = outputFormat(o.output);
      const { removeRegistry } = await import("../commands/registry.ts");
      const { changeText } = await import("../registry/registry-text.ts");
      print(await removeRegistry(host, o), format, changeText);
    });
}
