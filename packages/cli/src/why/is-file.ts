import { stat } from "node:fs/promises";

/** Whether the path leads to something that can be read (a file, a pipe), not to a folder. */
export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (there) => !there.isDirectory(),
    () => false,
  );
