export { lookAtPosture, type PostureLook } from "./look.ts";
