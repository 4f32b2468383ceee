export { lookAtPosture, type PostureLook } from "./look.ts";
export type { MachinePosture, NodePosture, SeenCertificate, SeenFile, SeenListener } from "./shape.ts";
