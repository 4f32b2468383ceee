import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Container, ContainerPort } from "../../../generated/types.ts";
import { isValidPortName, isValidPortNum } from "../../../name-validation.ts";
import { protocolErrors } from "../../port.ts";

export function checkContainerPorts(errors: FieldError[], path: string, ports: readonly ContainerPort[]): void {
  const names = new Set<string>();
  for (const [index, { name = "", containerPort, hostPort = 0, protocol }] of ports.entries()) {
    const at = field.index(path, index);
    if (name !== "") {
      const wrong = isValidPortName(name);
      if (wrong.length > 0) errors.push(...wrong.map((message) => field.invalid(`${at}.name`, name, message)));
      else if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name));
      else names.add(name);
    }
    if (containerPort === 0) errors.push(field.required(`${at}.containerPort`));
    else {
      for (const message of isValidPortNum(containerPort)) {
        errors.push(field.invalid(`${at}.containerPort`, containerPort, message));
      }
    }
    if (hostPort !== 0) {
      for (const message of isValidPortNum(hostPort)) errors.push(field.invalid(`${at}.hostPort`, hostPort, message));
    }
    if (protocol !== "TCP") errors.push(...protocolErrors(protocol, `${at}.protocol`));
  }
}

/** One port of the node for one container only. */
export function checkHostPortClashes(errors: FieldError[], path: string, containers: readonly Container[]): void {
  const taken = new Set<string>();
  for (const [index, container] of containers.entries()) {
    if (container.ports === undefined) continue;
    for (const [portIndex, { protocol = "", hostIP = "", hostPort = 0 }] of container.ports.entries()) {
      if (hostPort === 0) continue;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const at = field.index(`${field.index(path, index)}.ports`, portIndex);
      if (taken.has(key)) errors.push(field.duplicate(`${at}.hostPort`, key));
      taken.add(key);
    }
  }
}
