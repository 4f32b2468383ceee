/** `inside.mjs REPOSITORY`: what the guest does in this boot; its kernel's command line says which stage it is. */
import { readFileSync } from "node:fs";
import { parseAcknowledged, type Stage } from "../line.ts";
import { afterPowerCut } from "./after-power-cut.ts";
import { afterReboot } from "./after-reboot.ts";
import { run } from "./command.ts";
import { firstBoot } from "./first-boot.ts";
import { step, tell } from "./report.ts";

const settings = new Map(
  readFileSync("/proc/cmdline", "utf8")
    .trim()
    .split(" ")
    .map((word) => [word.split("=")[0] ?? "", word.slice(word.indexOf("=") + 1)]),
);
const stage = settings.get("bulkhead.stage") as Stage;
const uptime = readFileSync("/proc/uptime", "utf8").split(" ")[0];
step(`${stage}: running, ${uptime} s after the kernel`);
try {
  switch (stage) {
    case "first":
      await firstBoot(process.argv[2] ?? "");
      tell({ kind: "done", stage });
      await run("systemctl", "reboot");
      break;
    case "reboot":
      await afterReboot();
      break;
    case "power-cut":
      await afterPowerCut(parseAcknowledged(settings.get("bulkhead.acknowledged") ?? ""));
      tell({ kind: "done", stage });
      break;
  }
} catch (error) {
  step(error instanceof Error ? (error.stack ?? error.message) : String(error));
  for (const command of [
    "journalctl -b -p warning --no-pager | tail -n 40",
    "journalctl -b -u bulkhead --no-pager | tail -n 40",
    "tail -n 25 /var/lib/bulkhead/logs/*.log",
  ])
    step((await run("sh", "-c", command)).stdout);
  await run("sync");
  await run("systemctl", "poweroff", "--force", "--force");
}
