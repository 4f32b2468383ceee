import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

const local = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?$/;
const setting = /^metricsBindAddress:[ \t]*(["']?)([^"'\s#]*)\1/m;

/** The file in the ConfigMap by which kubeadm configures kube-proxy. */
const file = "config.conf";

export const kubeProxyMetrics = objectControl(kinds.configMap, {
  id: "kube-proxy-metrics",
  title: "Metrics of kube-proxy are answered on loopback",
  area: "node",
  attack:
    "kube-proxy answers questions on its metrics port without asking who it is, its configuration among them. Bound to every address of a node, that port is open to all pods and to whoever reaches the node. They learn Services and addresses of the cluster, and ask until the node is busy.",
  severity: "low",
  severityBecause: "it tells how the cluster is laid out, and gives nothing more away",
  frameworks: {
    cis: ["4.3.1"],
    nsa: ["control-plane"],
    attack: ["T1046"],
  },
  check: ({ metadata, data }) => {
    const text = metadata.namespace === "kube-system" && metadata.name === "kube-proxy" ? data?.[file] : undefined;
    if (text === undefined) return "not-applicable";
    const address = setting.exec(text)?.[2] ?? "";
    return address === "" || local.test(address)
      ? []
      : [
          {
            field: `data["${file}"]`,
            key: "metricsBindAddress",
            says: `kube-proxy answers for its metrics on ${address}, to whoever asks`,
          },
        ];
  },
  fix: () => ({
    kind: "by-hand",
    why: "the setting is a line of a file within the ConfigMap, and who collects these metrics over the network is not seen",
    how: "set metricsBindAddress: 127.0.0.1:10249 in config.conf of ConfigMap kube-proxy, kubectl -n kube-system rollout restart daemonset kube-proxy, and collect its metrics on the node",
  }),
});
