import type { Container } from "@bulkhead/api";
import { expect, test } from "vitest";
import { flagValue, startedBy } from "./command-line.ts";

const started = (container: Partial<Container>) =>
  startedBy({
    container: { name: "one", image: "one", ...container },
    name: "one",
    field: "spec.containers[0]",
    role: "main",
  }).flatMap(({ entry, programs }) =>
    programs.map(
      ({ program, args, field, piped }) => `${entry} ${piped ? "| " : ""}${[program, ...args].join(" ")} at ${field}`,
    ),
  );

test("a program by itself is told with its first word", () => {
  expect(started({ command: ["/usr/bin/tini", "--", "/usr/sbin/sshd"], args: ["-D"] })).toEqual([
    "command sshd -D at spec.containers[0].command[2]",
  ]);
});

test("a shell's script is told program by program, with the word that holds it", () => {
  expect(started({ command: ["/bin/sh", "-ec"], args: ["A=1 sudo -E apt-get update | tee x"] })).toEqual([
    "command sh -ec A=1 sudo -E apt-get update | tee x at spec.containers[0].args[0]",
    "command apt-get update at spec.containers[0].args[0]",
    "command | tee x at spec.containers[0].args[0]",
  ]);
});

test("a script within a script is read as well, however deep, up to a bound", () => {
  const nested = `sh -c "sh -c 'id'"`;
  expect(started({ command: ["bash", "-c", nested] }).at(-1)).toBe("command id at spec.containers[0].command[2]");
});

test("hooks and probes start programs too", () => {
  const exec = (word: string) => ({ exec: { command: [word] } });
  expect(started({ lifecycle: { preStop: exec("a") }, livenessProbe: exec("b") })).toEqual([
    "lifecycle.preStop a at spec.containers[0].lifecycle.preStop.exec.command[0]",
    "livenessProbe b at spec.containers[0].livenessProbe.exec.command[0]",
  ]);
});

test("flags alone are given to a program that the image names", () => {
  expect(started({ args: ["--cert-dir=/tmp", "--x"] })).toEqual([
    "command --cert-dir=/tmp --x at spec.containers[0].args[0]",
  ]);
});

test("a flag's value stands behind it or behind its equals sign", () => {
  expect(flagValue(["--x=1", "--y", "2"], "--y", "-y")).toBe("2");
  expect(flagValue(["--x=1"], "--x")).toBe("1");
  expect(flagValue(["--xy=1"], "--x")).toBeUndefined();
});
