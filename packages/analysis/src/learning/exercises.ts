/** Five minutes on a throwaway namespace in which a move of an attacker fails, and why. */
export interface Exercise {
  readonly id: string;
  readonly title: string;
  /** What one sees afterwards, in a sentence. */
  readonly learns: string;
  /** Commands in order, each with what is to be seen. `NS` stands for the namespace that the exercise makes. */
  readonly steps: readonly { readonly run: string; readonly see: string }[];
  /** For whom it says most. */
  readonly roles: readonly ("developer" | "operator" | "auditor")[];
}

const begin = {
  run: "kubectl create namespace NS",
  see: "the namespace, with its default-deny policies and restricted pod security",
};
const end = { run: "kubectl delete namespace NS", see: "all of it gone" };

export const exercises: readonly Exercise[] = [
  {
    id: "privileged-refused",
    title: "Ask for the whole node",
    learns: "a privileged pod is refused when it is written, by the namespace's pod security, with the field named",
    roles: ["developer", "operator"],
    steps: [
      begin,
      {
        run: `kubectl run -n NS root --image=x --restart=Never --overrides='{"spec":{"containers":[{"name":"root","image":"x","securityContext":{"privileged":true}}]}}'`,
        see: 'Forbidden: violates PodSecurity "restricted": privileged, and the command that would allow it for a while',
      },
      end,
    ],
  },
  {
    id: "image-from-elsewhere",
    title: "Run an image from elsewhere",
    learns: "what no ImageTrustPolicy lists does not run, whoever asks",
    roles: ["developer", "operator"],
    steps: [
      begin,
      {
        run: "bulkhead why image docker.io/library/alpine:latest -n NS",
        see: "no: which policy does not list it, and what would",
      },
      {
        run: "kubectl create deployment -n NS elsewhere --image=docker.io/library/alpine:latest",
        see: "a warning that says so at once, and no pod",
      },
      end,
    ],
  },
  {
    id: "token-opens-nothing",
    title: "Use a stolen token",
    learns: "a pod's account may do nothing until a binding says so, and why is answered by the authorizer itself",
    roles: ["operator", "auditor"],
    steps: [
      begin,
      {
        run: "bulkhead why access --as system:serviceaccount:NS:default list secrets -n NS",
        see: "no: no binding gives it",
      },
      { run: "kubectl --token=$(kubectl create token -n NS default) get secrets -n NS", see: "Forbidden" },
      { run: "bulkhead audit search --namespace NS", see: "the refusal, with who asked and from where" },
      end,
    ],
  },
  {
    id: "traffic-denied",
    title: "Knock at a neighbour's door",
    learns: "between two pods nothing passes until both ends' policies say so, and the refusal names the policy",
    roles: ["developer", "operator"],
    steps: [
      {
        run: "bulkhead why traffic shop/deployment/web shop/deployment/db 5432",
        see: "no: which policy at which end, and the command that opens it for a while",
      },
      {
        run: "kubectl get networkpolicy -n shop default-deny -o yaml",
        see: "the default is an object that one may read and change",
      },
    ],
  },
  {
    id: "metadata-closed",
    title: "Ask the cloud who this machine is",
    learns: "the metadata address is closed to every pod on the node itself, beneath all policies",
    roles: ["operator", "auditor"],
    steps: [
      {
        run: "bulkhead why traffic shop/deployment/web 169.254.169.254 80",
        see: "no: closed: it hands out the machine's credentials",
      },
      { run: "bulkhead demo attack", see: "the same as a real attempt, among eight others" },
    ],
  },
  {
    id: "node-closed",
    title: "Ask the node directly",
    learns: "pods do not reach the node; its agent answers nobody but the API server",
    roles: ["operator"],
    steps: [
      { run: "bulkhead doctor", see: "what listens, and what follows from it" },
      { run: "bulkhead demo attack", see: "the node refuses the pod, and the rule that does" },
    ],
  },
  {
    id: "user-namespace",
    title: "Be root, and nobody",
    learns: "root of a container is an ordinary user of the node, so that what escapes holds nothing",
    roles: ["developer", "operator"],
    steps: [
      {
        run: "kubectl get pods -n shop -o custom-columns=NAME:.metadata.name,HOSTUSERS:.spec.hostUsers",
        see: "hostUsers false on each",
      },
      {
        run: "ps -eo uid,args --sort=-uid | head -4",
        see: "the containers' processes under users of the node's far above the ordinary ones",
      },
    ],
  },
  {
    id: "audit-unchanged",
    title: "Change the past",
    learns: "a record that is changed, left out or put in breaks the chain, and verify says where",
    roles: ["auditor"],
    steps: [
      { run: "bulkhead audit verify", see: "how many records hold together, and the last signed checkpoint" },
      { run: "bulkhead audit tail", see: "who does what, now" },
    ],
  },
];
