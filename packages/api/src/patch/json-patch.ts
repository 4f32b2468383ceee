/** JSON Patch (RFC 6902), within upstream's bounds. */
import { StatusError } from "../status.ts";
import { jsonClone, jsonEqual } from "./json-equal.ts";

/** Operations that one patch may have. */
export const maxJsonPatchOperations = 10_000;
/** Elements that a patch's insertions into and removals from lists may move in all. */
const maxMovedElements = 50_000_000;
/** Bytes that a patch's copies may add up to. */
const maxCopiedBytes = 3 * 1024 * 1024;

type Container = Record<string, unknown> | unknown[];

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/** 422 in the words that upstream has for every operation that cannot be carried out. */
const refused = (cause?: unknown): StatusError =>
  new StatusError(
    {
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
      details: {},
    },
    cause,
  );

/** 413 */
const tooLarge = (message: string): StatusError => new StatusError({ reason: "RequestEntityTooLarge", message });

function tokens(pointer: unknown): string[] {
  if (typeof pointer !== "string") throw refused();
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw refused();
  const parts = pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (parts.includes("__proto__")) throw refused();
  return parts;
}

function position(token: string, length: number): number {
  if (!/^(?:0|[1-9][0-9]*)$/.test(token)) throw refused();
  const at = Number(token);
  if (at > length) throw refused();
  return at;
}

const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null;

function child(container: Container, token: string): unknown {
  if (Array.isArray(container)) {
    const at = position(token, container.length - 1);
    return container[at];
  }
  if (!Object.hasOwn(container, token)) throw refused();
  return container[token];
}

/** The container that a pointer's last token is looked up in. */
function parentOf(root: unknown, path: readonly string[]): Container {
  let at = root;
  for (const token of path.slice(0, -1)) {
    if (!isContainer(at)) throw refused();
    at = child(at, token);
  }
  if (!isContainer(at)) throw refused();
  return at;
}

/** Elements moved so far; a list of a million that ten thousand operations shift would hold the process for long. */
class Work {
  #moved = 0;

  splice(list: unknown[], at: number, remove: number, ...insert: readonly unknown[]): void {
    this.#moved += list.length - at;
    if (this.#moved > maxMovedElements) {
      throw tooLarge("Request entity too large: the patch moves too many elements of lists");
    }
    list.splice(at, remove, ...insert);
  }
}

function get(root: unknown, path: readonly string[]): unknown {
  const last = path.at(-1);
  return last === undefined ? root : child(parentOf(root, path), last);
}

function add(root: unknown, path: readonly string[], value: unknown, work: Work): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = parentOf(root, path);
  if (Array.isArray(parent)) {
    work.splice(parent, last === "-" ? parent.length : position(last, parent.length), 0, value);
  } else parent[last] = value;
  return root;
}

function remove(root: unknown, path: readonly string[], work: Work): unknown {
  const last = path.at(-1);
  if (last === undefined) throw refused();
  const parent = parentOf(root, path);
  child(parent, last);
  if (Array.isArray(parent)) work.splice(parent, Number(last), 1);
  else delete parent[last];
  return root;
}

function replace(root: unknown, path: readonly string[], value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = parentOf(root, path);
  child(parent, last);
  if (Array.isArray(parent)) parent[Number(last)] = value;
  else parent[last] = value;
  return root;
}

/** A missing field equals null, as upstream's library has it. */
function test(root: unknown, path: readonly string[], value: unknown): void {
  const last = path.at(-1);
  if (last !== undefined && value === null) {
    const parent = parentOf(root, path);
    if (!Array.isArray(parent) && !Object.hasOwn(parent, last)) return;
  }
  if (!jsonEqual(get(root, path), value)) throw refused();
}

/**
 * Applies a patch; returns the patched value. The target is changed in place and is worth nothing after an error.
 * Throws StatusError: 422 when an operation fails, 413 beyond the bounds.
 */
export function applyJsonPatch(target: unknown, operations: readonly unknown[]): unknown {
  if (operations.length > maxJsonPatchOperations) {
    throw tooLarge(
      `Request entity too large: The allowed maximum operations in a JSON patch is ${maxJsonPatchOperations}, got ${operations.length}`,
    );
  }
  let root = target;
  let copied = 0;
  const work = new Work();
  for (const entry of operations) {
    if (!isContainer(entry) || Array.isArray(entry)) throw refused();
    const operation: Operation = entry;
    const path = tokens(operation.path);
    if (["add", "replace", "test"].includes(String(operation.op)) && !Object.hasOwn(entry, "value")) throw refused();
    switch (operation.op) {
      case "add":
        root = add(root, path, jsonClone(operation.value), work);
        break;
      case "remove":
        root = remove(root, path, work);
        break;
      case "replace":
        root = replace(root, path, jsonClone(operation.value));
        break;
      case "test":
        test(root, path, operation.value);
        break;
      case "move": {
        const from = tokens(operation.from);
        if (path.length > from.length && from.every((token, i) => path[i] === token)) throw refused();
        const value = get(root, from);
        root = add(remove(root, from, work), path, value, work);
        break;
      }
      case "copy": {
        const value = get(root, tokens(operation.from));
        copied += JSON.stringify(value).length;
        if (copied > maxCopiedBytes) {
          throw tooLarge(
            `Request entity too large: Unable to complete the copy, the accumulated size increase of copy is ${copied}, exceeding the limit ${maxCopiedBytes}`,
          );
        }
        root = add(root, path, jsonClone(value), work);
        break;
      }
      default:
        throw refused();
    }
  }
  return root;
}
