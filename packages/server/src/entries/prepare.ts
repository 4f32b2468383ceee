/** Prepares an instance (root, once at each start): `prepare ROOT`, or renews its certificates: `prepare ROOT renew`. */
import { prepareInstance, renew } from "../prepare/prepare.ts";
import { jsonLog, rootArgument } from "../wiring/json-log.ts";

const root = rootArgument("prepare");
const log = jsonLog("prepare");
try {
  if (process.argv[3] === "renew") await renew(root, log);
  else await prepareInstance(root, log);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  log.error({ error: error instanceof Error ? error.stack : String(error) }, "the instance could not be prepared");
  process.exit(1);
}
