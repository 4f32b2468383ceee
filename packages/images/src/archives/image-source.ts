import type { BlindSpot } from "../inventory.ts";
import type { LayerBytes } from "../layers/read-layer.ts";
import type { ImageConfig } from "./image-config.ts";

/** Which of a multi-platform image is meant. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** `v7` of arm; absent: any. */
  readonly variant?: string;
}

export interface SourceLayer {
  /** Digest of the bytes as stored. Absent: a docker archive, which names the content's alone. */
  readonly digest?: string;
  /** Digest of the tar inside, as the image's configuration says. Absent with the other: a plain folder. */
  readonly diffId?: string;
  /** The bytes from their start, each time anew. */
  open(): LayerBytes;
}

/** One image of one platform, its layers from the bottom up, none of them read yet. */
export interface SourceImage {
  /** For people: reference or path. */
  readonly name: string;
  /** Digest of its manifest; absent in a docker archive of the old form. */
  readonly digest?: string;
  /** Digest of its configuration: Docker's image ID. */
  readonly configDigest: string;
  readonly config: ImageConfig;
  readonly layers: readonly SourceLayer[];
  /** A file system without a configuration: nothing is said about one. */
  readonly bare?: boolean;
  /** What of the layers read so far could not be read. */
  unread?(): readonly BlindSpot[];
}

/** Where an image comes from. Opening reads manifest and configuration, no layer. Throws SourceError or RegistryError. */
export interface ImageSource {
  image(platform?: Platform): Promise<SourceImage>;
  close(): Promise<void>;
}
