import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import { isValidPortName, isValidPortNum } from "../name-validation.ts";

/** Protocols in the order in which most messages name them. */
export const portProtocols = ["SCTP", "TCP", "UDP"];

/** A port's number. */
export const portNumberErrors = (port: number, path: string): FieldError[] =>
  isValidPortNum(port).map((message) => field.invalid(path, port, message));

/** A port's number, or the name of a container's port. */
export const portErrors = (port: string | number, path: string): FieldError[] =>
  typeof port === "number"
    ? portNumberErrors(port, path)
    : isValidPortName(port).map((message) => field.invalid(path, port, message));

/** TCP, UDP or SCTP, and given. */
export function protocolErrors(protocol: string | undefined, path: string): FieldError[] {
  if (protocol === undefined || protocol === "") return [field.required(path)];
  return portProtocols.includes(protocol) ? [] : [field.notSupported(path, protocol, portProtocols)];
}
