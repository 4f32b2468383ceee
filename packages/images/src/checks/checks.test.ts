import { describe, expect, test } from "vitest";
import { type ImageConfig, parseImageConfig } from "../archives/image-config.ts";
import type { Executable } from "../scan/layer-record.ts";
import type { ImageFile } from "../scan/merge-records.ts";
import { createSecretScanner } from "../secrets/secret-scanner.ts";
import { checkImage, imageChecks } from "./check-image.ts";

interface Given {
  readonly config?: object;
  readonly history?: readonly string[];
  readonly marks?: readonly ImageFile[];
  readonly programs?: readonly string[];
}

const secrets = createSecretScanner();
const configOf = ({ config = {}, history = [] }: Given): ImageConfig =>
  parseImageConfig(
    Buffer.from(
      JSON.stringify({
        config: { User: "65532", Healthcheck: { Test: ["CMD", "true"] }, ...config },
        history: history.map((created_by) => ({ created_by })),
        rootfs: { type: "layers", diff_ids: [] },
      }),
    ),
    "configuration",
  );
const failed = (given: Given): string[] =>
  checkImage({
    config: configOf(given),
    marks: given.marks ?? [],
    executables: (given.programs ?? []).map((path): Executable => ({ path, kind: "elf" })),
    packages: [],
    secrets,
  }).map((c) => c.id);

const file = (more: Partial<ImageFile>): ImageFile => ({
  path: "usr/bin/x",
  type: "file",
  mode: 0o755,
  uid: 0,
  layer: "sha256:0",
  ...more,
});
const env = (...Env: readonly string[]): Given => ({ config: { Env } });

/** What each check fails, and what it must let pass. */
const fixtures: Readonly<Record<string, { readonly fails: readonly Given[]; readonly passes: readonly Given[] }>> = {
  "root-user": {
    fails: [
      { config: { User: "" } },
      { config: { User: "root" } },
      { config: { User: "0:0" } },
      { config: { User: "00" } },
    ],
    passes: [{ config: { User: "65532" } }, { config: { User: "4294967296" } }, { config: { User: "app:0" } }],
  },
  "named-user": {
    fails: [{ config: { User: "app" } }],
    passes: [{ config: { User: "1000:1000" } }, { config: { User: "root" } }],
  },
  "secret-in-environment": {
    fails: [env("DB_PASSWORD=hunter22x"), env("API_KEY=k3yk3y99"), env("X=postgres://a:b7Rk2x9Qz@db/x")],
    passes: [
      env("DB_PASSWORD_FILE=/run/secrets/db"),
      env("TOKEN_URL=https://x/y"),
      env("API_KEY="),
      env("PASSWORD_LENGTH=16"),
      env("PATH=/usr/bin"),
      env("KEYBOARD=de"),
    ],
  },
  "secret-in-history": {
    fails: [
      { history: ["RUN |1 NPM_TOKEN=a8s7d6f5g4h3 /bin/sh -c npm ci"] },
      { history: ["RUN /bin/sh -c DB_PASSWORD='x9y8z7w6' ./build"] },
    ],
    passes: [{ history: ["ENV TOKEN_FILE=/run/x", "RUN |1 NPM_TOKEN= /bin/sh -c npm ci", "ARG NPM_TOKEN"] }],
  },
  "unknown-setuid": {
    fails: [{ marks: [file({ mode: 0o4755 })] }],
    passes: [
      { marks: [file({ mode: 0o4755, ownedBy: "sudo" })] },
      { marks: [file({ mode: 0o4755, uid: 1000 })] },
      { marks: [file({ mode: 0o2755 })] },
    ],
  },
  "setuid-files": {
    fails: [
      { marks: [file({ mode: 0o4755, ownedBy: "sudo" })] },
      { marks: [file({ mode: 0o2755 })] },
      { marks: [file({ capabilities: true })] },
    ],
    passes: [{ marks: [file({ mode: 0o757 })] }, {}],
  },
  "world-writable": {
    fails: [{ marks: [file({ mode: 0o666 })] }, { marks: [file({ type: "directory", mode: 0o777 })] }],
    passes: [{ marks: [file({ type: "directory", mode: 0o1777 })] }, { marks: [file({ mode: 0o4755, ownedBy: "x" })] }],
  },
  "remote-add": {
    fails: [
      { history: ["ADD https://example.com/x.tgz /x # buildkit"] },
      { history: ["/bin/sh -c #(nop) ADD http://x/y in /"] },
    ],
    passes: [
      { history: ["ADD --checksum=sha256:ab https://example.com/x /x", "ADD file:abc in /", "RUN curl https://x"] },
    ],
  },
  "piped-install": {
    fails: [
      { history: ["RUN /bin/sh -c curl -fsSL https://x/install | sh"] },
      { history: ["RUN wget -qO- https://x | sudo bash -s"] },
    ],
    passes: [{ history: ["RUN curl -o x https://x && sha256sum -c x.sum | grep OK", "RUN curl https://x | tar xz"] }],
  },
  "ssh-port": {
    fails: [{ config: { ExposedPorts: { "22/tcp": {} } } }],
    passes: [{ config: { ExposedPorts: { "2222/tcp": {} } } }],
  },
  "package-manager": {
    fails: [{ programs: ["usr/bin/apt-get"] }, { programs: ["sbin/apk"] }],
    passes: [{ programs: ["usr/share/apt/apt", "usr/bin/aptly"] }],
  },
  shell: {
    fails: [{ programs: ["usr/bin/bash"] }, { programs: ["bin/busybox"] }],
    passes: [{ programs: ["usr/bin/shred", "opt/bin/sh"] }],
  },
  "no-healthcheck": {
    fails: [{ config: { Healthcheck: { Test: ["NONE"] } } }, { config: { Healthcheck: null } }],
    passes: [{}],
  },
};

describe("each check", () => {
  test("has fixtures", () => expect(Object.keys(fixtures).sort()).toEqual(imageChecks.map((c) => c.id).sort()));
  for (const [id, { fails, passes }] of Object.entries(fixtures)) {
    test.each(fails.map((given) => [JSON.stringify(given), given] as const))(`${id} fails %s`, (_, given) =>
      expect(failed(given)).toContain(id),
    );
    test.each(passes.map((given) => [JSON.stringify(given), given] as const))(`${id} passes %s`, (_, given) =>
      expect(failed(given)).not.toContain(id),
    );
  }
  test("tells where without the value", () => {
    const found = checkImage({
      config: configOf(env("DB_PASSWORD=hunter22x")),
      marks: [],
      executables: [],
      packages: [],
      secrets,
    });
    expect(JSON.stringify(found)).not.toContain("hunter22x");
  });
});
