/** Packages of `apt-get --simulate upgrade` that would come from a security suite. */
export const securityUpdatesIn = (simulated: string): number =>
  simulated.split("\n").filter((line) => /^Inst \S+ \[[^\]]+\] \(.*(Debian-Security:|-security)/.test(line)).length;

/** Whether apt installs what is new by itself, of its configuration's files in their order; undefined: nothing says. */
export function unattendedFrom(files: readonly string[]): boolean {
  const values = files.flatMap((text) =>
    [...text.matchAll(/^\s*APT::Periodic::Unattended-Upgrade\s+"([^"]*)"\s*;/gm)].map(([, value]) => value),
  );
  const last = values.at(-1);
  return last !== undefined && last !== "0" && last !== "";
}

/** Fields of /etc/os-release. */
export function distributionFrom(text: string): { id: string; version: string; name: string } | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}=["']?([^"'\\n]*)["']?$`, "m").exec(text)?.[1];
  const id = field("ID");
  return id === undefined
    ? undefined
    : { id, version: field("VERSION_ID") ?? "", name: field("PRETTY_NAME") ?? field("NAME") ?? id };
}

/**
 * Whether sshd lets people in by password, of its configuration with what it includes put in place: the first value
 * counts, the default is yes, and what stands under Match is for some only.
 */
export function passwordLoginFrom(texts: readonly string[]): boolean {
  for (const line of texts.join("\n").split("\n")) {
    if (/^\s*Match\s/i.test(line)) return true;
    const value = /^\s*PasswordAuthentication\s+"?(yes|no)"?\s*(#.*)?$/i.exec(line)?.[1];
    if (value !== undefined) return value.toLowerCase() === "yes";
  }
  return true;
}
