import { type ChildProcess, spawn } from "node:child_process";
import type { Log } from "@bulkhead/api";
import { boundingWords } from "../prepare/capabilities.ts";

/** Programs that processes of containers became since somebody asked last, by the container's id: links as `/proc/PID/exe` has them. */
export type StartedPrograms = ReadonlyMap<string, ReadonlySet<string>>;

export interface StartWatch {
  /** What was started since the last call, and nothing of it again. */
  take(): StartedPrograms;
  /** Starts on this machine that were not seen: they ended too soon, or there were too many at once. */
  missed(): number;
  close(): void;
}

export interface StartWatchOptions {
  readonly log: Log;
  /** Milliseconds before one that ended is started again; default a minute. */
  readonly again?: number;
}

/** Of starts that nobody takes: a container that is not known yet has so many programs, and so many containers are remembered. */
const most = { containers: 1024, programs: 64 };

/**
 * Has the kernel tell each exec on the machine (its process connector, of no module: Linux 2.6.15), other events filtered out by the
 * kernel itself; looks at once what the process is, and says of those in a container's cgroup `ID NUL LINK NUL`, each once in a while;
 * a number instead of an id: so many were missed. What is in our own mount namespace is the runtime on its way in. Looks at so many
 * in so many seconds at most: whoever starts more hides among them, and does not cost the machine more. Ends with its parent.
 */
const teller = String.raw`use strict; my ($every,$most)=@ARGV; my $parent=getppid(); my $here=readlink("/proc/self/ns/mnt");
socket(my $s,16,2,11) or die "socket: $!\n";
my $exec=unpack("N",pack("L",2));
my $filter=pack("SCCL"x4, 0x20,0,0,36, 0x15,0,1,$exec, 0x06,0,0,0xffffffff, 0x06,0,0,0);
setsockopt($s,1,26,pack("S x![P] P",4,$filter)) or die "filter: $!\n";
setsockopt($s,1,33,pack("l",1<<20));
bind($s,pack("SSLL",16,0,0,1)) or die "bind: $!\n";
my $ask=pack("LLLLSSL",1,1,0,0,4,0,1);
send($s,pack("LSSLL",16+length $ask,3,0,0,0).$ask,0) or die "listen: $!\n";
$|=1; my %seen; my ($missed,$looked)=(0,0); my $next=time+$every;
while(1){
  my $bits=""; vec($bits,fileno($s),1)=1;
  if($looked>=$most){ select(undef,undef,undef,0.2); }
  elsif(select($bits,undef,undef,$every)>0){
    $looked++;
    if(!defined recv($s,my $event,512,0)){ $missed++; }
    elsif(length $event>=60 && unpack("L",substr($event,36,4))==2){
      my $at="/proc/".unpack("L",substr($event,56,4));
      my $exe=readlink("$at/exe");
      if(!defined $exe){ $missed++; }
      elsif(open(my $in,"<","$at/cgroup")){
        local $/; my $groups=<$in>;
        if(defined $groups && $groups=~m{(?:/|-)([0-9a-f]{64})(?:\.scope)?(?:/|$)}m){
          my $id=$1; my $where=readlink("$at/ns/mnt");
          $seen{"$id\0$exe\0"}=1 if !defined $where || $where ne $here;
        }
      }
    }
  }
  exit if getppid()!=$parent;
  next if time<$next;
  print join("",keys %seen).($missed?"$missed\0\0":"") if %seen||$missed;
  %seen=(); $missed=$looked=0; $next=time+$every;
}`;

/** The least that a reader of others' /proc needs. */
const capabilities = ["net_admin", "sys_ptrace"];

/** Watches from now on. Where the kernel, or this machine's root, cannot do it, the log says so, and it is tried again. */
export function watchStarts({ log, again = 60_000 }: StartWatchOptions): StartWatch {
  let started = new Map<string, Set<string>>();
  let missed = 0;
  let closed = false;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let complained = "";

  function take(id: string, link: string): void {
    if (link === "") {
      missed += Number(id);
      return;
    }
    const links = started.get(id) ?? new Set<string>();
    if (links.size >= most.programs || (links.size === 0 && started.size >= most.containers)) missed++;
    else started.set(id, links.add(link));
  }

  function begin(): void {
    const words = ["--no-new-privs", ...boundingWords(capabilities), "--", "/usr/bin/perl", "-e", teller, "2", "2000"];
    child = spawn("setpriv", words, { cwd: "/", env: {}, stdio: ["ignore", "pipe", "pipe"] });
    let [left, said] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const fields = `${left}${text}`.split("\0");
      left = fields.splice(fields.length - 1 - ((fields.length - 1) % 2)).join("\0");
      for (let at = 0; at + 1 < fields.length; at += 2) take(fields[at] ?? "", fields[at + 1] ?? "");
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-500)));
    child.once("error", (error) => (said = error.message));
    child.once("close", (code) => {
      if (closed) return;
      if (said !== complained)
        log.warn({ code, said: said.trim() }, "starts of programs are not heard of: those that end soon are not seen");
      complained = said;
      timer = setTimeout(begin, again).unref();
    });
  }
  begin();

  return {
    take() {
      const taken = started;
      started = new Map();
      return taken;
    },
    missed: () => missed,
    close() {
      closed = true;
      clearTimeout(timer);
      child?.kill();
    },
  };
}
