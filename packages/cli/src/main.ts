/** The entry of the bundle: the version needs nothing that the commands do. */
import { version } from "./output/version.ts";

if (["--version", "-V"].includes(process.argv[2] ?? "")) process.stdout.write(`${version}\n`);
else await import("./command-line.ts");
