import { parseCidr, printAddress } from "../nft/addresses.ts";

/** What the instance's network is made of; chosen once (see `chooseFrom`), kept by the host, the same ever after. */
export interface NetworkChoice {
  /** Letters and digits, at most 8: part of every name we give. */
  readonly instance: string;
  /** `10.N.0.0/16`. */
  readonly podCidr: string;
  /** `10.M.0.0/16`. */
  readonly serviceCidr: string;
  /** A /29 between host and namespace: node, namespace and relay have one address each. */
  readonly linkCidr: string;
}

/** Everything that follows from the choice. */
export interface NetworkLayout extends NetworkChoice {
  /** File of the network namespace. */
  readonly netns: string;
  readonly netnsName: string;
  /** Host's end of the link. */
  readonly hostInterface: string;
  /** Namespace's end of the link. */
  readonly uplink: string;
  /** The node as pods see it: the kubelet's probes and the user's own connections come from here. */
  readonly nodeAddress: string;
  /** The namespace's own end. Node ports answer here. */
  readonly innerAddress: string;
  /** The relay of node ports connects from here: for policies its clients are outsiders, not the node. */
  readonly relayAddress: string;
  /** The ClusterIP of Service kubernetes: first of the service CIDR. */
  readonly apiAddress: string;
  /** The ClusterIP of the cluster DNS: tenth of the service CIDR. */
  readonly dnsAddress: string;
  /** The gateway of every pod (first of the pod CIDR, as host-local chooses). */
  readonly gatewayAddress: string;
  /** Our table on the host. */
  readonly hostTable: string;
  readonly linkPrefix: number;
}

const nth = (cidr: string, n: bigint): string => {
  const range = parseCidr(cidr);
  if (range === undefined) throw new Error(`${cidr} is no CIDR`);
  return printAddress(range.from + n, 4);
};

export function networkLayout(choice: NetworkChoice): NetworkLayout {
  if (!/^[a-z0-9]{1,8}$/.test(choice.instance)) {
    throw new Error(`instance "${choice.instance}": up to 8 small letters and digits, since interfaces carry it`);
  }
  const netnsName = `bulkhead-${choice.instance}`;
  return {
    ...choice,
    netnsName,
    netns: `/run/netns/${netnsName}`,
    hostInterface: `bh-${choice.instance}`,
    uplink: "uplink",
    linkPrefix: Number(choice.linkCidr.split("/")[1]),
    nodeAddress: nth(choice.linkCidr, 1n),
    innerAddress: nth(choice.linkCidr, 2n),
    relayAddress: nth(choice.linkCidr, 3n),
    apiAddress: nth(choice.serviceCidr, 1n),
    dnsAddress: nth(choice.serviceCidr, 10n),
    gatewayAddress: nth(choice.podCidr, 1n),
    hostTable: `bulkhead-${choice.instance}`,
  };
}
