import { isIP } from "node:net";
import { firstUserId, type InstanceConfig, nodeNameFrom, wishFault } from "./instance.ts";

const domain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const isPort = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
/** Above every pod's, and below where numbers of users turn negative: a process of an instance is nobody else. */
const isUser = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= firstUserId && Number(value) < 0x7c00_0000;

/**
 * Reads an instance.json that comes from elsewhere: each field as `settleInstance` makes it, and no other. A sentence where
 * it cannot be one: what is started by it runs as root.
 */
export function parseInstance(text: string): InstanceConfig | string {
  let value: Partial<InstanceConfig>;
  try {
    value = (JSON.parse(text) ?? {}) as Partial<InstanceConfig>;
  } catch {
    return "it is no JSON";
  }
  const { format, id, nodeName, defaults, listen, port, registryPort, agentPort } = value;
  const { users, clusterDomain, trust, onlyApiserver, learningHours } = value;
  if (format !== 1) return "its format is not known";
  if (typeof id !== "string" || !/^[0-9a-f]{8}$/.test(id)) return "id has to be eight hexadecimal digits";
  if (typeof nodeName !== "string" || nodeNameFrom(nodeName) !== nodeName) return "nodeName is no name of a Node";
  if (defaults !== "bulkhead" && defaults !== "kubernetes") return "defaults has to be bulkhead or kubernetes";
  if (typeof listen !== "string" || isIP(listen) === 0) return "listen is no IP address";
  if (![port, registryPort, agentPort].every(isPort)) return "a port has to be a number from 1 to 65535";
  const { apiserver, controllers, dns, registry } = users ?? ({} as Partial<InstanceConfig["users"]>);
  const each = [apiserver, controllers, dns, registry];
  if (!each.every(isUser) || new Set(each).size !== each.length)
    return `users have to be four numbers from ${firstUserId} on`;
  if (typeof clusterDomain !== "string" || !domain.test(clusterDomain)) return "clusterDomain is no domain";
  if (!Array.isArray(trust) || !trust.every((one) => typeof one === "string")) return "trust has to be a list";
  const fault = wishFault({ root: "/", trust });
  if (fault !== undefined) return fault;
  if (typeof onlyApiserver !== "boolean") return "onlyApiserver has to be true or false";
  const hours = learningHours === undefined || (Number.isFinite(learningHours) && learningHours >= 0);
  if (!hours) return "learningHours has to be a number";
  return {
    format,
    id,
    nodeName,
    defaults,
    listen,
    port: port as number,
    registryPort: registryPort as number,
    agentPort: agentPort as number,
    users: users as InstanceConfig["users"],
    clusterDomain,
    trust,
    onlyApiserver,
    ...(learningHours === undefined ? {} : { learningHours }),
  };
}
