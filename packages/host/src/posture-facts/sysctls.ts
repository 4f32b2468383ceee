/** Kernel settings that controls ask about. */
export const askedSysctls = [
  "fs.protected_fifos",
  "fs.protected_hardlinks",
  "fs.protected_regular",
  "fs.protected_symlinks",
  "fs.suid_dumpable",
  "kernel.apparmor_restrict_unprivileged_userns",
  "kernel.dmesg_restrict",
  "kernel.kexec_load_disabled",
  "kernel.kptr_restrict",
  "kernel.perf_event_paranoid",
  "kernel.randomize_va_space",
  "kernel.unprivileged_bpf_disabled",
  "kernel.unprivileged_userns_clone",
  "kernel.yama.ptrace_scope",
  "net.core.bpf_jit_harden",
  "user.max_user_namespaces",
] as const;

/** Reads each from /proc/sys by `read` ("" where there is none); what cannot be read is left out. */
export function sysctlsFrom(read: (path: string) => string): Readonly<Record<string, string>> {
  const seen = askedSysctls.map((name) => [name, read(`/proc/sys/${name.replaceAll(".", "/")}`).trim()] as const);
  return Object.fromEntries(seen.filter(([, value]) => value !== ""));
}

/** `none [integrity] confidentiality` → `integrity`. */
export function lockdownFrom(text: string): "none" | "integrity" | "confidentiality" | undefined {
  const mode = /\[(none|integrity|confidentiality)\]/.exec(text)?.[1];
  return mode === "none" || mode === "integrity" || mode === "confidentiality" ? mode : undefined;
}
