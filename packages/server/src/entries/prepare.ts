/**
 * The one program that reads the authorities' keys and makes things outside the instance's folder. Root.
 * `prepare ROOT` before each start; `prepare ROOT renew`, `… bootstrap`, `… drain`, `… remove`,
 * `… kubeconfig HOURS USER GROUP…`, `… token HOURS USER GROUP…`.
 */
import { bootstrap } from "../prepare/bootstrap.ts";
import { issueKubeconfig, issueToken } from "../prepare/issue.ts";
import { prepareInstance, renew } from "../prepare/prepare.ts";
import { drainContainers, removeOutside } from "../prepare/remove.ts";
import { jsonLog, rootArgument } from "../wiring/json-log.ts";

const root = rootArgument("prepare");
const log = jsonLog("prepare");
const [verb = "prepare", hours = "", user = "", ...groups] = process.argv.slice(3);
try {
  switch (verb) {
    case "prepare":
      await prepareInstance(root, log);
      break;
    case "renew":
      await renew(root, log);
      break;
    case "bootstrap":
      await bootstrap(root);
      break;
    case "drain":
      await drainContainers(root, log);
      break;
    case "remove":
      await removeOutside(root, log);
      break;
    case "kubeconfig":
      process.stdout.write(await issueKubeconfig(root, Number(hours), user, groups));
      break;
    case "token":
      process.stdout.write(`${await issueToken(root, Number(hours), user, groups)}\n`);
      break;
    default:
      throw new Error(`prepare knows no "${verb}"`);
  }
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
