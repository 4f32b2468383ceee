import { userInfo } from "node:os";

/** Who gives a command on this machine: the account behind `sudo`, or whoever it is. */
export function personHere(): string {
  const sudoer = process.env["SUDO_USER"] ?? "";
  return sudoer === "" || sudoer === "root" ? userInfo().username : `${sudoer} (as root)`;
}
