/** The part of dns-packet that we use; the package brings no types. */
declare module "dns-packet" {
  export type Answer =
    | { type: "A" | "AAAA" | "CNAME" | "PTR"; name: string; ttl: number; data: string }
    | { type: "TXT"; name: string; ttl: number; data: string }
    | {
        type: "SRV";
        name: string;
        ttl: number;
        data: { priority: number; weight: number; port: number; target: string };
      }
    | {
        type: "SOA";
        name: string;
        ttl: number;
        data: {
          mname: string;
          rname: string;
          serial: number;
          refresh: number;
          retry: number;
          expire: number;
          minimum: number;
        };
      }
    | { type: "OPT"; name: "."; udpPayloadSize: number; flags: number; options: [] };

  export interface Decoded {
    readonly id: number;
    readonly flags: number;
    readonly questions: readonly { readonly name: string; readonly type: string; readonly class?: string }[];
    readonly answers: readonly {
      readonly type: string;
      readonly name: string;
      readonly ttl?: number;
      readonly data?: unknown;
    }[];
    readonly authorities: readonly {
      readonly type: string;
      readonly name: string;
      readonly ttl?: number;
      readonly data?: unknown;
    }[];
    readonly additionals: readonly { readonly type: string; readonly name: string; readonly udpPayloadSize?: number }[];
  }

  export interface Message {
    type: "query" | "response";
    id: number;
    flags: number;
    questions?: { name: string; type: string }[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: Answer[];
  }

  const packet: { encode(message: Message): Buffer; decode(bytes: Buffer): Decoded };
  export default packet;
}
