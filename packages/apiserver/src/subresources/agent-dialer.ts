import type { Duplex } from "node:stream";

/** The way to a node's agent: wired by the composition root, which holds the certificates. */
export interface AgentDialer {
  /**
   * A connection to the agent of this node, with mutual TLS done: our client certificate shown, the agent's checked
   * against the node's name. Rejects when the node has no agent that answers.
   */
  dial(node: string): Promise<Duplex>;
}
