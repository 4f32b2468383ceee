const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domain = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const reference = new RegExp(
  `^(?:${domain}/)?${component}(?:/${component})*(?::([\\w][\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

/**
 * The tag that an image's name stands for: `latest` where neither tag nor digest is written, "" for a digest alone
 * or a name that cannot be read.
 */
export function imageTag(image: string): string {
  const match = reference.exec(image);
  if (match === null) return "";
  if (match[1] !== undefined) return match[1];
  return match[2] === undefined ? "latest" : "";
}

/** Always for a moving tag, IfNotPresent for the rest. */
export const defaultPullPolicy = (image: string): "Always" | "IfNotPresent" =>
  imageTag(image) === "latest" ? "Always" : "IfNotPresent";
