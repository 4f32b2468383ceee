import type { Pod } from "@bulkhead/api";
import { imageIn } from "./containers.ts";

/** Whether a pod was made of a template with this image: where it names a tag, admission may have added the digest. */
export const ofImage =
  (container: string, image: string | undefined) =>
  (pod: Pod): boolean => {
    const is = imageIn(pod, container);
    return image !== undefined && is !== undefined && (is === image || is.startsWith(`${image}@`));
  };
