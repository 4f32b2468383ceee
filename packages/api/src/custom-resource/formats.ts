/** String formats that apiextensions v1 knows; any other is passed over. */
import { isIP, isIPv4, isIPv6 } from "node:net";
import { isDNS1123Label } from "../name-validation.ts";
import { isRfc3339 } from "../time-format.ts";

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const uuidOf =
  (version: string): ((text: string) => boolean) =>
  (text) =>
    uuid.test(text) && text.replaceAll("-", "").charAt(12) === version;

const units = "ns|us|µs|μs|ms|s|m|h|d|w|hours?|minutes?|seconds?|milliseconds?|microseconds?|nanoseconds?|days?|weeks?";
const duration = new RegExp(
  `^[-+]?(?:0|(?:\\d+(?:\\.\\d*)?|\\.\\d+)\\s*(?:${units}))(?:\\s*(?:\\d+(?:\\.\\d*)?|\\.\\d+)\\s*(?:${units}))*$`,
);
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...more] = text.split("/");
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128);
}

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && isRfc3339(`${text}T00:00:00Z`);

const isHostname = (text: string): boolean =>
  text.length <= 255 &&
  text !== "" &&
  text.split(".").every((label) => /^[A-Za-z0-9]([-A-Za-z0-9_]{0,61}[A-Za-z0-9])?$/.test(label));

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  byte: (text) => base64.test(text),
  cidr: isCidr,
  date: isDate,
  "date-time": isRfc3339,
  datetime: isRfc3339,
  duration: (text) => text.length <= 128 && duration.test(text),
  email: (text) => text.length <= 320 && /^[^\s@]+@[^\s@]+$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  hostname: isHostname,
  ip: (text) => isIP(text) !== 0,
  ipv4: isIPv4,
  ipv6: isIPv6,
  "k8s-short-name": (text) => isDNS1123Label(text).length === 0,
  mac: (text) => /^(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/.test(text),
  password: () => true,
  uri: (text) => URL.canParse(text) || /^\/[^\s]*$/.test(text),
  uuid: (text) => uuid.test(text),
  uuid3: uuidOf("3"),
  uuid4: uuidOf("4"),
  uuid5: uuidOf("5"),
};

/** Whether a text has the form that a format asks for. */
export const hasFormat = (format: string, text: string): boolean =>
  !Object.hasOwn(formats, format) || (formats[format]?.(text) ?? true);
