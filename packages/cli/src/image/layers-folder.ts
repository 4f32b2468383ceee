import { homedir } from "node:os";
import { join } from "node:path";

/** Where layers are remembered that a scan has read; `chosen`: by --cache, false: nowhere. */
export const layersFolder = (chosen: string | false | undefined): string | undefined =>
  chosen === false
    ? undefined
    : (chosen ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "bulkhead", "layers"));
