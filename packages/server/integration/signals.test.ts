import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Observation, observeContainers } from "../src/signals/observe.ts";
import { watchStarts } from "../src/signals/started-programs.ts";
import {
  type ContainerGroup,
  enterContainer,
  inNamespaces,
  makeContainerGroup,
  makeImage,
  programAt,
} from "../src/testing/container-on-foot.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-signals-"));
const at = (...path: string[]): string => join(folder, ...path);
const made: string[] = [];
const children: ChildProcess[] = [];

function container(): ContainerGroup | undefined {
  const group = makeContainerGroup();
  if (group !== undefined) made.push(group.cgroup);
  return group;
}

const overlaid = container();
const planted = container();
const bare = container();
const evading = container();

const programs = "sh sleep dd rm chmod ln mkdir mkfifo mv truncate unshare mount".split(" ");
const imageFolders = ["root", "usr/bin", "usr/sbin", "usr/lib", "usr/local/bin", "etc/cron.d", "etc/pam.d"];

function lacking(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (overlaid === undefined || planted === undefined || bare === undefined || evading === undefined)
    return "no cgroup can be made here";
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
async function start(group: ContainerGroup | undefined, script: string): Promise<void> {
  const [program, words] = inNamespaces(group ?? { id: "", cgroup: "" }, script);
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"], detached: true });
  children.push(child);
  const said = await new Promise<string>((resolve) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString()));
    child.once("exit", () => resolve("ended"));
  });
  expect(said.trim()).toBe("in");
}

const look = async (id: string, layers = folder): Promise<Observation | undefined> =>
  (await observeContainers({ layers, containers: new Set([id]), files: new Set([id]) })).get(id);

describe.skipIf(why !== undefined)(
  `runtime signals, from real intrusions${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    beforeAll(() => {
      makeImage(folder, programs);
      for (const name of imageFolders) mkdirSync(at("lower", name), { recursive: true });
    });

    test("a program of the image is no news; one that was written, lies on a volume or lost its file is; so is what was changed", async () => {
      const id = overlaid?.id ?? "";
      const inside = [
        "sleep 300 &",
        "dd if=/bin/sleep of=/usr/bin/dropped 2>/dev/null; chmod 755 /usr/bin/dropped; /usr/bin/dropped 300 &",
        "dd if=/bin/sleep of=/vol/dropped 2>/dev/null; chmod 755 /vol/dropped; /vol/dropped 300 &",
        "dd if=/bin/sleep of=/tmp/gone 2>/dev/null; chmod 755 /tmp/gone; /tmp/gone 300 &",
        "while ! [ -s /etc/passwd ]; do echo evil::0:0::/:/bin/sh > /etc/passwd; done",
        "sleep 1; rm /tmp/gone",
        "echo in; wait",
      ].join("\n");
      await start(overlaid, enterContainer(folder, "one", inside));
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

    test("links to the host, FIFOs, huge and deep things and hostile names lead root nowhere, and hold nothing up", async () => {
      const id = planted?.id ?? "";
      // Of the host: whoever opens the one waits for ever, whoever lists the other sees the name in it.
      const [trap, treasure] = [at("host", "trap"), at("host", "treasure")];
      mkdirSync(join(treasure, "bin"), { recursive: true });
      writeFileSync(join(treasure, "bin", "of-the-host"), "secret");
      execFileSync("mkfifo", [trap]);
      const [escape, newline] = ["\\033[2J", "\\nfound: nothing"];
      const inside = [
        `ln -s ${trap} /etc/passwd; mkfifo /etc/shadow; ln -s /etc/shadow /etc/group; mkdir /etc/sudoers`,
        // Folders that are looked into lead elsewhere, or are no folders any more.
        `rm -r /etc/cron.d; ln -s ${treasure}/bin /etc/cron.d; rm -r /etc/pam.d; ln -s / /etc/pam.d`,
        `rm -r /usr/local; ln -s ${treasure} /usr/local; ln -s ${treasure} /root/.ssh; ln -s /proc/1/root /usr/lib/host`,
        `ln -s ${trap} /usr/bin/trap; mkfifo /usr/bin/fifo; truncate -s 1T /usr/bin/huge`,
        `: > "/usr/bin/$(printf "${escape}")"; : > "/usr/bin/$(printf "x${newline}")"`,
        "at=/usr/lib/deep; n=0; while [ $n -lt 60 ]; do mkdir $at; at=$at/d; n=$((n+1)); done; : > $at.so",
        "n=0; while [ $n -lt 5000 ]; do : > /usr/sbin/$n; n=$((n+1)); done",
        // What runs is called by a path that then leads to the host.
        "mkdir /vol/a /tmp/a; dd if=/bin/sleep of=/tmp/a/x 2>/dev/null; chmod 755 /tmp/a/x; /tmp/a/x 300 &",
        `sleep 1; mv /tmp/a /tmp/b; ln -s ${treasure} /tmp/a`,
        "echo in; wait",
      ].join("\n");
      await start(planted, enterContainer(folder, "planted", inside));
      const observation = await look(id);
      expect(observation?.blind).toBeUndefined();
      expect(observation?.programs).toEqual([{ path: "/tmp/b/x", origin: "written" }]);
      const changed = observation?.changed ?? [];
      expect(changed).toHaveLength(64);
      expect(JSON.stringify(changed)).not.toMatch(/of-the-host|treasure/);
      for (const path of ["/usr/bin/trap", "/usr/bin/huge", "/usr/bin/\u001b[2J", "/usr/bin/x\nfound: nothing"])
        expect(changed).toContain(path);
      // Without what fills the list, what stands in the place of files and folders is told by itself.
      execFileSync("find", [at("planted", "upper", "usr", "sbin"), "-type", "f", "-delete"]);
      const few = (await look(id))?.changed ?? [];
      for (const path of [
        "/etc/passwd",
        "/etc/shadow",
        "/etc/group",
        "/etc/cron.d",
        "/etc/pam.d",
        "/usr/local",
        "/root/.ssh",
      ])
        expect(few).toContain(path);
      expect(few).toContain("/usr/lib/host");
      expect(few).not.toContain("/etc/sudoers");
      expect(JSON.stringify(few)).not.toMatch(/of-the-host|treasure|\/d\.so/);
      // The runtime keeps no layers there: whatever a mount table says, nothing is looked into.
      const elsewhere = await look(id, at("nowhere"));
      expect(elsewhere?.changed).toBeUndefined();
      expect(elsewhere?.blind).toMatch(/no overlay of the runtime's/);
    });

    test("whoever hides is seen all the same: for a moment, behind the linker, in another's memory, on mounts of its own", async () => {
      const id = evading?.id ?? "";
      const needed = execFileSync("ldd", [programAt("sleep")], { encoding: "utf8" });
      const [linker = "", library = ""] = [/\/\S*\/ld-\S*/, /\/\S*libc\S*/].map((each) => each.exec(needed)?.[0]);
      const inside = [
        // What hears of starts begins to listen.
        "echo in; sleep 1",
        "dd if=/bin/sleep of=/tmp/brief 2>/dev/null; chmod 755 /tmp/brief; /tmp/brief 0.1; rm /tmp/brief",
        `dd if=/bin/sleep of=/tmp/unseen 2>/dev/null; ${linker} /tmp/unseen 300 &`,
        `dd if=${library} of=/tmp/evil.so 2>/dev/null; LD_PRELOAD=/tmp/evil.so sleep 300 &`,
        'unshare --mount sh -c "mount -t tmpfs none /root; dd if=/bin/sleep of=/root/own 2>/dev/null; chmod 755 /root/own; exec /root/own 300" &',
        "wait",
      ].join("\n");
      await start(evading, enterContainer(folder, "evading", inside));
      const warned: unknown[] = [];
      const log = { debug() {}, info() {}, warn: (...said: unknown[]) => warned.push(said), error() {} };
      const starts = watchStarts({ log });
      try {
        const heard = new Set<string>();
        await vi.waitFor(
          () => {
            for (const link of starts.take().get(id) ?? []) heard.add(link);
            expect(warned).toEqual([]);
            for (const link of ["/tmp/brief", "/root/own"]) expect(heard).toContain(link);
          },
          { timeout: 20_000, interval: 100 },
        );
        const options = { layers: folder, containers: new Set([id]), files: new Set([id]) };
        const observation = (await observeContainers({ ...options, started: new Map([[id, heard]]) })).get(id);
        const found = (files: Observation["programs"] = []) =>
          files.map(({ path, origin }) => `${path} ${origin}`).toSorted();
        expect(found(observation?.programs)).toEqual(["/root/own nowhere", "/tmp/brief nowhere"]);
        expect(found(observation?.libraries)).toEqual(["/tmp/evil.so written", "/tmp/unseen written"]);
      } finally {
        starts.close();
      }
    });

    test("a program without a file, and a port that is listened on", async () => {
      const id = bare?.id ?? "";
      const memfd = process.arch === "arm64" ? 279 : 319;
      const script = [
        `my $fd = syscall(${memfd}, my $name = "evil", 0); open(my $in, "<", "/bin/sleep"); binmode $in; local $/; my $all = <$in>;`,
        `open(my $out, ">&=", $fd); binmode $out; syswrite($out, $all);`,
        `exec {"/proc/self/fd/$fd"} "evil", "300";`,
      ].join(" ");
      const listen = `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 4444, Listen => 1) or die; my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 4445, Listen => 1) or die; my $u = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 5353, Proto => "udp") or die; $| = 1; sleep 1; print "in\\n"; sleep 300;`;
      await start(bare, `ip link set lo up; perl -e '${script}' & perl -e '${listen}'; wait`);
      const observation = await look(id);
      expect(observation?.programs).toEqual([{ path: "memfd:evil", origin: "memory" }]);
      expect(observation?.listeners).toEqual([
        { protocol: "TCP", port: 4444, address: "0.0.0.0" },
        { protocol: "UDP", port: 5353, address: "0.0.0.0" },
      ]);
      // Its root is the machine's own, no overlay: that is said, not passed over.
      expect(observation?.blind).toMatch(/no overlay/);
    });
  },
);
