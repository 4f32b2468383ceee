/** What somebody does who got into a container whose image has Node, as root: each step is told by a signal of its own. */
const steps = [
  'const fs = require("node:fs"), { spawn, spawnSync } = require("node:child_process");',
  'const stay = "setInterval(() => {}, 1000)", keep = (program, env = {}) => spawn(program, ["-e", stay], { env: { ...process.env, ...env } });',
  // A door that nobody declared, and one of UDP.
  'require("node:net").createServer().listen(4444, "0.0.0.0");',
  'require("node:dgram").createSocket("udp4").bind(5353, "0.0.0.0");',
  // Another user, and code in the memory of a program of the image.
  'fs.appendFileSync("/etc/passwd", "evil::0:0::/:/bin/sh\\n");',
  "const library = process.report.getReport().sharedObjects.find((path) => /\\/libm[.-]/.test(path));",
  'fs.copyFileSync(library, "/tmp/evil.so"); keep(process.execPath, { LD_PRELOAD: "/tmp/evil.so" });',
  // Programs of one's own: one that stays, one without its file, one that is gone before anybody looks.
  'for (const name of ["stays", "vanished", "brief"]) { fs.copyFileSync(process.execPath, "/tmp/" + name); fs.chmodSync("/tmp/" + name, 0o755); }',
  'keep("/tmp/stays"); keep("/tmp/vanished"); spawnSync("/tmp/brief", ["-e", "setTimeout(() => {}, 300)"]);',
  'fs.rmSync("/tmp/vanished"); fs.rmSync("/tmp/brief"); setInterval(() => {}, 1000);',
];

export const intrusion = steps.join("\n");

/** The signals of it, with their values. */
export const toldOfIntrusion = [
  "LibraryNotInImage /tmp/evil.so",
  "ProgramInMemory /tmp/vanished",
  "ProgramNotInImage /tmp/brief",
  "ProgramNotInImage /tmp/stays",
  "SystemFileChanged /etc/passwd",
  "UndeclaredListener 4444/TCP",
  "UndeclaredListener 5353/UDP",
] as const;
