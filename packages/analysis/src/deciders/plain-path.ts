/** An absolute path without `.`, `..` and doubled slashes; `/var/run` is `/run` on every system in use. */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const plain = `/${parts.join("/")}`;
  return plain === "/var/run" || plain.startsWith("/var/run/") ? plain.slice("/var".length) : plain;
}

/** Whether one path is another, or in it. */
export const within = (path: string, folder: string): boolean =>
  path === folder || folder === "/" || path.startsWith(`${folder}/`);
