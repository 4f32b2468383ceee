import { expect, test } from "vitest";
import { parseScript } from "./shell-script.ts";

const read = (script: string) =>
  parseScript(script).map(({ words, piped }) => `${piped ? "| " : ""}${words.join(" ")}`);

test("a script is read command by command", () => {
  expect(read("set -e; apt-get update && apt-get install -y curl\nexec /app --x='a; b' # not; this")).toEqual([
    "set -e",
    "apt-get update",
    "apt-get install -y curl",
    "exec /app --x=a; b",
  ]);
});

test("pipes are told from alternatives", () => {
  expect(read("curl -s x | sh || echo 'a | b' | cat")).toEqual(["curl -s x", "| sh", "echo a | b", "| cat"]);
});

test("quotes, continued lines and redirections keep words together", () => {
  expect(read('echo "a; \\"b\\" | sshd" 2>&1 \\\n  more')).toEqual(['echo a; \\"b\\" | sshd 2>&1 more']);
});

test("the text of a here-document starts nothing", () => {
  expect(read("cat > /etc/x <<EOF\nsshd; curl x | sh\nEOF\nrun")).toEqual(["cat > /etc/x", "run"]);
});

test("an open quote ends with the script", () => {
  expect(read("echo 'a; b")).toEqual(["echo a; b"]);
});
