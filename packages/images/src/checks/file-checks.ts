import type { CheckHit, ImageCheck } from "./image-check.ts";

const shown = 50;
const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

export const setuidFiles: ImageCheck = {
  id: "setuid-files",
  title: "setuid, setgid or capability files",
  severity: "medium",
  why: "Each is a way for an unprivileged process to more rights, unless noNewPrivileges is set.",
  fix: "Remove the programs or the bits: find / -xdev -perm /6000 -type f -exec chmod a-s {} +",
  find: ({ marks }) =>
    marks
      .filter((m) => m.type === "file" && ((m.mode & 0o6000) !== 0 || m.capabilities === true))
      .slice(0, shown)
      .map(
        (m): CheckHit => ({
          where: m.path,
          says:
            m.capabilities === true && (m.mode & 0o6000) === 0
              ? "file capabilities"
              : `mode ${octal(m.mode)}, owner ${m.uid}`,
        }),
      ),
};

export const unknownSetuid: ImageCheck = {
  id: "unknown-setuid",
  title: "setuid root file that no package owns",
  severity: "high",
  why: "Nobody answers for it, and it makes its caller root.",
  fix: "Find out what put it there; remove it or its bit.",
  find: ({ marks }) =>
    marks
      .filter(
        (m) =>
          m.type === "file" &&
          (m.mode & 0o4000) !== 0 &&
          (m.mode & 0o111) !== 0 &&
          m.uid === 0 &&
          m.ownedBy === undefined,
      )
      .slice(0, shown)
      .map((m) => ({ where: m.path, says: `mode ${octal(m.mode)}` })),
};

export const worldWritable: ImageCheck = {
  id: "world-writable",
  title: "files or folders that everyone may write",
  severity: "medium",
  why: "Any process in the container may change what another runs or reads.",
  fix: "chmod o-w; folders for everyone's files need the sticky bit (1777).",
  find: ({ marks }) =>
    marks
      .filter((m) => (m.mode & 0o002) !== 0 && !(m.type === "directory" && (m.mode & 0o1000) !== 0))
      .slice(0, shown)
      .map((m) => ({ where: m.path, says: `mode ${octal(m.mode)}` })),
};

const managers = /^(?:usr\/)?(?:local\/)?s?bin\/(apt|apt-get|dpkg|apk|yum|dnf|microdnf|rpm|zypper|pip3?|npm|gem)$/;
const shells = /^(?:usr\/)?(?:local\/)?bin\/(sh|bash|dash|ash|zsh|ksh|fish|busybox)$/;

const named = (pattern: RegExp, paths: readonly string[]): CheckHit[] => {
  const hits = new Map<string, CheckHit>();
  for (const path of paths) {
    const name = pattern.exec(path)?.[1];
    if (name !== undefined && !hits.has(name)) hits.set(name, { where: path, says: name });
  }
  return [...hits.values()];
};

export const packageManager: ImageCheck = {
  id: "package-manager",
  title: "package managers left in",
  severity: "low",
  why: "An intruder installs tools with them; nothing at run time needs them.",
  fix: "Build in one stage and copy the result onto an image without them.",
  find: ({ executables }) =>
    named(
      managers,
      executables.map((e) => e.path),
    ),
};

export const shellLeft: ImageCheck = {
  id: "shell",
  title: "shells left in",
  severity: "info",
  why: "Most ways from a fault to control of a container go through a shell.",
  fix: "Base the image on one without a shell (distroless, scratch); debug with an ephemeral container.",
  find: ({ executables }) =>
    named(
      shells,
      executables.map((e) => e.path),
    ),
};
