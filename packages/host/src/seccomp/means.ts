import { existsSync } from "node:fs";
import { run } from "../run.ts";
import { isFilterArchitecture } from "./filter.ts";

/** What puts a process under a filter from a file: perl, which every Debian has; else a setpriv new enough to do it. */
export type FilterMeans = "setpriv" | "perl";

const perl = "/usr/bin/perl";

/** prctl's number, by architecture. */
const prctl: Readonly<Record<string, number>> = { x64: 157, arm64: 167 };

/** Reads a filter, has the kernel take it (PR_SET_SECCOMP, SECCOMP_MODE_FILTER), becomes the command; or ends. */
const loader = `my ($nr,$file,@command)=@ARGV;
open(my $in,"<:raw",$file) or die "seccomp filter $file: $!\\n";
local $/; my $filter=<$in>; close $in;
my $program=pack("S x6 P",length($filter)/8,$filter);
syscall($nr,22,2,$program)==0 or die "seccomp filter: $!\\n";
exec {$command[0]} @command; die "$command[0]: $!\\n";`;

/** How processes can be put under a filter on this machine; undefined: not at all. */
export async function filterMeans(): Promise<FilterMeans | undefined> {
  if (!isFilterArchitecture(process.arch) || !existsSync("/proc/sys/kernel/seccomp/actions_avail")) return undefined;
  if (existsSync(perl)) return "perl";
  return (await run(["setpriv", "--help"])).stdout.includes("--seccomp-filter") ? "setpriv" : undefined;
}

/** The words before a command under setpriv: options of setpriv's, and what stands between it and the command. */
export function filterWords(
  means: FilterMeans,
  file: string,
): { readonly options: string[]; readonly before: string[] } {
  return means === "setpriv"
    ? { options: ["--seccomp-filter", file], before: [] }
    : { options: [], before: [perl, "-e", loader, String(prctl[process.arch]), file] };
}
