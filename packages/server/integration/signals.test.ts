import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Observation, observeContainers } from "../src/signals/observe.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-signals-"));
const at = (...path: string[]): string => join(folder, ...path);
const made: string[] = [];
const children: ChildProcess[] = [];

/** A cgroup named as a container's; version 1 has one tree a controller. */
function container(): { readonly id: string; readonly cgroup: string } | undefined {
  const id = randomBytes(32).toString("hex");
  for (const top of ["/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/systemd"]) {
    if (!existsSync(join(top, "cgroup.procs"))) continue;
    try {
      mkdirSync(join(top, id));
      made.push(join(top, id));
      return { id, cgroup: join(top, id) };
    } catch {
      // This hierarchy takes no groups of ours; the next may.
    }
  }
  return undefined;
}

const overlaid = container();
const bare = container();

/** A root with a few programs, under an overlay as a runtime makes it. */
function makeImage(): void {
  for (const name of ["lower", "upper", "work", "root"]) mkdirSync(at(name));
  for (const program of ["/bin/sh", "/bin/sleep", "/bin/dd", "/bin/rm", "/bin/chmod"]) {
    const needed = execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g);
    for (const file of [program, ...[...needed].map(([, each]) => each ?? "")]) {
      mkdirSync(at("lower", dirname(file)), { recursive: true });
      copyFileSync(file, at("lower", file));
    }
  }
  // A shell opens it for what runs in the background.
  mkdirSync(at("lower/dev"));
  writeFileSync(at("lower/dev/null"), "");
  for (const name of ["old", "vol", "tmp", "etc", "usr/bin"]) mkdirSync(at("lower", name), { recursive: true });
}

function lacking(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (overlaid === undefined || bare === undefined) return "no cgroup can be made here";
  const script = `mkdir -p ${at("try/l")} ${at("try/u")} ${at("try/w")} ${at("try/m")} && mount -t overlay overlay -o lowerdir=${at("try/l")},upperdir=${at("try/u")},workdir=${at("try/w")} ${at("try/m")}`;
  if (spawnSync("unshare", ["--mount", "--net", "sh", "-c", script]).status !== 0)
    return "no overlay can be mounted in a mount namespace here";
  return undefined;
}
const why = lacking();

afterAll(async () => {
  for (const child of children) {
    const ended = once(child, "exit");
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await ended;
    }
  }
  for (const cgroup of made) {
    for (let tries = 0; ; tries++) {
      try {
        rmdirSync(cgroup);
        break;
      } catch (error) {
        if (tries > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script in namespaces of its own, in a container's cgroup, until it says that it is in. */
async function start(cgroup: string, script: string): Promise<void> {
  const child = spawn(
    "unshare",
    ["--mount", "--net", "--propagation", "private", "sh", "-c", `echo $$ > ${cgroup}/cgroup.procs; ${script}`],
    {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    },
  );
  children.push(child);
  const said = await new Promise<string>((resolve) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString()));
    child.once("exit", () => resolve("ended"));
  });
  expect(said.trim()).toBe("in");
}

const look = async (id: string): Promise<Observation | undefined> =>
  (await observeContainers({ containers: new Set([id]), files: new Set([id]) })).get(id);

describe.skipIf(why !== undefined)(
  `runtime signals, from real intrusions${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    test("a program of the image is no news; one that was written, lies on a volume or lost its file is; so is what was changed", async () => {
      const { id, cgroup } = overlaid ?? { id: "", cgroup: "" };
      makeImage();
      const inside = [
        "sleep 300 &",
        "dd if=/bin/sleep of=/usr/bin/dropped 2>/dev/null; chmod 755 /usr/bin/dropped; /usr/bin/dropped 300 &",
        "dd if=/bin/sleep of=/vol/dropped 2>/dev/null; chmod 755 /vol/dropped; /vol/dropped 300 &",
        "dd if=/bin/sleep of=/tmp/gone 2>/dev/null; chmod 755 /tmp/gone; /tmp/gone 300 &",
        "while ! [ -s /etc/passwd ]; do echo evil::0:0::/:/bin/sh > /etc/passwd; done",
        "sleep 1; rm /tmp/gone",
        "echo in; wait",
      ].join("\n");
      const enter = [
        `mount -t overlay overlay -o lowerdir=${at("lower")},upperdir=${at("upper")},workdir=${at("work")} ${at("root")}`,
        `mount -t tmpfs tmpfs ${at("root/vol")}`,
        `mkdir -p ${at("root/proc")}`,
        `cd ${at("root")}`,
        "pivot_root . old",
        `exec bin/sh -c '${inside}'`,
      ].join(" && ");
      await start(cgroup, enter);
      const observation = await look(id);
      expect(observation?.blind).toBeUndefined();
      const programs = observation?.programs.map(({ path, origin, mount }) => [path, origin, mount]).toSorted();
      expect(programs).toEqual([
        ["/tmp/gone", "deleted", undefined],
        ["/usr/bin/dropped", "written", undefined],
        ["/vol/dropped", "volume", "/vol"],
      ]);
      expect(observation?.changed?.toSorted()).toEqual(["/etc/passwd", "/usr/bin/dropped"]);
      expect(observation?.listeners).toEqual([]);
    });

    test("a program without a file, and a port that is listened on", async () => {
      const { id, cgroup } = bare ?? { id: "", cgroup: "" };
      const memfd = process.arch === "arm64" ? 279 : 319;
      const script = [
        `my $fd = syscall(${memfd}, my $name = "evil", 0); open(my $in, "<", "/bin/sleep"); binmode $in; local $/; my $all = <$in>;`,
        `open(my $out, ">&=", $fd); binmode $out; syswrite($out, $all);`,
        `exec {"/proc/self/fd/$fd"} "evil", "300";`,
      ].join(" ");
      const listen = `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 4444, Listen => 1) or die; my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 4445, Listen => 1) or die; $| = 1; sleep 1; print "in\\n"; sleep 300;`;
      await start(cgroup, `ip link set lo up; perl -e '${script}' & perl -e '${listen}'; wait`);
      const observation = await look(id);
      expect(observation?.programs).toEqual([{ path: "memfd:evil", origin: "memory" }]);
      expect(observation?.listeners).toEqual([{ port: 4444, address: "0.0.0.0" }]);
      // Its root is the machine's own, no overlay: that is said, not passed over.
      expect(observation?.blind).toMatch(/no overlay/);
    });
  },
);
