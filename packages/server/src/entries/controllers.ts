/** The controllers of an instance: `controllers ROOT`. An unprivileged user; one identity a controller, and the key that signs patched images. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startControllers } from "@bulkhead/controllers";
import { instancePaths } from "@bulkhead/host";
import { hostAddresses } from "@bulkhead/network";
import { judgeTemplate, webhookRefusal } from "@bulkhead/policy";
import { readTopology } from "../prepare/topology.ts";
import { collectAtRest } from "../wiring/collect-at-rest.ts";
import { identityClient, identityFile } from "../wiring/identity-client.ts";
import { updatePorts } from "../wiring/image-updates.ts";
import { fatal, jsonLog, rootArgument, untilStopped } from "../wiring/json-log.ts";
import { followNodePolicy, nodePolicyCopy } from "../wiring/node-policy-copy.ts";
import { postureSettings } from "../wiring/posture-settings.ts";
import { pullCredentialFrom, registryTokenFrom } from "../wiring/registry-token-client.ts";
import { followRules, ruleInformers } from "../wiring/rule-views.ts";
import { updateRegistries } from "../wiring/update-registries.ts";

const root = rootArgument("controllers");
const log = jsonLog("controllers");
process.on("uncaughtException", fatal(log, "an error nobody caught"));
const topology = await readTopology(root);
const { config, registry } = topology;
const paths = instancePaths(root);
const ca = join(paths.pki, "controllers", "server-ca.crt");
const followed = followNodePolicy(nodePolicyCopy(paths));

const running = startControllers({
  clientFor: (identity) => identityClient(root, config, "controllers", identityFile(identity), log),
  log,
  signal: untilStopped(),
  rootCa: () => readFileSync(ca, "utf8"),
  imageUpdate: {
    ports: (context) => {
      const connect = updateRegistries({
        paths,
        own: registry,
        tokenFor: registryTokenFrom(context.client),
        credentialFor: pullCredentialFrom(context.client),
        now: context.now,
      });
      const rules = followRules(ruleInformers(context.informers), config.defaults);
      const by = `bulkhead ${config.nodeName}/${config.id}`;
      return updatePorts({ paths, own: registry, by, connect, rules, now: context.now, log });
    },
  },
  posture: { settings: () => postureSettings(topology) },
  briefSchedule: {
    of: config.nodeName,
    refusal: (address) => {
      const policy = followed.at(Date.now());
      // A policy that cannot be read names nothing.
      const named = policy === undefined || policy instanceof Error ? [] : (policy.webhooks ?? []);
      return webhookRefusal(address, named, hostAddresses());
    },
  },
  // The machine tells of itself, looked up already: nothing else here needs the advisories.
  currency: {},
  templateJudge: (context) => {
    const view = followRules(ruleInformers(context.informers), config.defaults);
    return {
      judge: (workload) => {
        const now = context.now();
        const node = followed.at(now);
        const verdict = judgeTemplate({ ...view.rules(now), ...(node === undefined ? {} : { node }) }, workload);
        return verdict?.decision === "deny" ? verdict.because : [];
      },
      onChange: (wake) => {
        view.onChange(wake);
        followed.onChange(wake);
      },
    };
  },
});
collectAtRest();
log.info({ controllers: running.names }, "running");
await running.stopped;
process.exit(0);
