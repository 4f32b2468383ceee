// Made by generate/field-numbers.ts from the tags of Kubernetes 1.36's Go types. Do not edit.
export const fieldNumbers = `
apps.Deployment	1 metadata meta.ObjectMeta;2 spec apps.DeploymentSpec;3 status apps.DeploymentStatus
apps.DeploymentCondition	1 type s;2 status s;6 lastUpdateTime T;7 lastTransitionTime T;4 reason s;5 message s
apps.DeploymentSpec	1 replicas *n;2 selector *meta.LabelSelector;3 template core.PodTemplateSpec;4 strategy apps.DeploymentStrategy;5 minReadySeconds n;6 revisionHistoryLimit *n;7 paused b;9 progressDeadlineSeconds *n
apps.DeploymentStatus	1 observedGeneration n;2 replicas n;3 updatedReplicas n;7 readyReplicas n;4 availableReplicas n;5 unavailableReplicas n;9 terminatingReplicas *n;6 conditions []apps.DeploymentCondition;8 collisionCount *n
apps.DeploymentStrategy	1 type s;2 rollingUpdate *apps.RollingUpdateDeployment
apps.ReplicaSet	1 metadata meta.ObjectMeta;2 spec apps.ReplicaSetSpec;3 status apps.ReplicaSetStatus
apps.ReplicaSetCondition	1 type s;2 status s;3 lastTransitionTime T;4 reason s;5 message s
apps.ReplicaSetSpec	1 replicas *n;4 minReadySeconds n;2 selector *meta.LabelSelector;3 template core.PodTemplateSpec
apps.ReplicaSetStatus	1 replicas n;2 fullyLabeledReplicas n;4 readyReplicas n;5 availableReplicas n;7 terminatingReplicas *n;3 observedGeneration n;6 conditions []apps.ReplicaSetCondition
apps.RollingUpdateDeployment	1 maxUnavailable *I;2 maxSurge *I
authentication.BoundObjectReference	1 kind s;2 apiVersion s;3 name s;4 uid s
authentication.SelfSubjectReview	1 metadata meta.ObjectMeta;2 status authentication.SelfSubjectReviewStatus
authentication.SelfSubjectReviewStatus	1 userInfo authentication.UserInfo
authentication.TokenRequest	1 metadata meta.ObjectMeta;2 spec authentication.TokenRequestSpec;3 status authentication.TokenRequestStatus
authentication.TokenRequestSpec	1 audiences []s;4 expirationSeconds *n;3 boundObjectRef *authentication.BoundObjectReference
authentication.TokenRequestStatus	1 token s;2 expirationTimestamp T
authentication.TokenReview	1 metadata meta.ObjectMeta;2 spec authentication.TokenReviewSpec;3 status authentication.TokenReviewStatus
authentication.TokenReviewSpec	1 token s;2 audiences []s
authentication.TokenReviewStatus	1 authenticated b;2 user authentication.UserInfo;4 audiences []s;3 error s
authentication.UserInfo	1 username s;2 uid s;3 groups []s;4 extra {}L
authorization.FieldSelectorAttributes	1 rawSelector s;2 requirements []meta.FieldSelectorRequirement
authorization.LabelSelectorAttributes	1 rawSelector s;2 requirements []meta.LabelSelectorRequirement
authorization.LocalSubjectAccessReview	1 metadata meta.ObjectMeta;2 spec authorization.SubjectAccessReviewSpec;3 status authorization.SubjectAccessReviewStatus
authorization.NonResourceAttributes	1 path s;2 verb s
authorization.NonResourceRule	1 verbs []s;2 nonResourceURLs []s
authorization.ResourceAttributes	1 namespace s;2 verb s;3 group s;4 version s;5 resource s;6 subresource s;7 name s;8 fieldSelector *authorization.FieldSelectorAttributes;9 labelSelector *authorization.LabelSelectorAttributes
authorization.ResourceRule	1 verbs []s;2 apiGroups []s;3 resources []s;4 resourceNames []s
authorization.SelfSubjectAccessReview	1 metadata meta.ObjectMeta;2 spec authorization.SelfSubjectAccessReviewSpec;3 status authorization.SubjectAccessReviewStatus
authorization.SelfSubjectAccessReviewSpec	1 resourceAttributes *authorization.ResourceAttributes;2 nonResourceAttributes *authorization.NonResourceAttributes
authorization.SelfSubjectRulesReview	1 metadata meta.ObjectMeta;2 spec authorization.SelfSubjectRulesReviewSpec;3 status authorization.SubjectRulesReviewStatus
authorization.SelfSubjectRulesReviewSpec	1 namespace s
authorization.SubjectAccessReview	1 metadata meta.ObjectMeta;2 spec authorization.SubjectAccessReviewSpec;3 status authorization.SubjectAccessReviewStatus
authorization.SubjectAccessReviewSpec	1 resourceAttributes *authorization.ResourceAttributes;2 nonResourceAttributes *authorization.NonResourceAttributes;3 user s;4 groups []s;5 extra {}L;6 uid s
authorization.SubjectAccessReviewStatus	1 allowed b;4 denied b;2 reason s;3 evaluationError s
authorization.SubjectRulesReviewStatus	1 resourceRules []authorization.ResourceRule;2 nonResourceRules []authorization.NonResourceRule;3 incomplete b;4 evaluationError s
autoscaling.Scale	1 metadata meta.ObjectMeta;2 spec autoscaling.ScaleSpec;3 status autoscaling.ScaleStatus
autoscaling.ScaleSpec	1 replicas n
autoscaling.ScaleStatus	1 replicas n;2 selector s
coordination.Lease	1 metadata meta.ObjectMeta;2 spec coordination.LeaseSpec
coordination.LeaseSpec	1 holderIdentity *s;2 leaseDurationSeconds *n;3 acquireTime *U;4 renewTime *U;5 leaseTransitions *n;6 strategy *s;7 preferredHolder *s
core.AWSElasticBlockStoreVolumeSource	1 volumeID s;2 fsType s;3 partition n;4 readOnly b
core.Affinity	1 nodeAffinity *core.NodeAffinity;2 podAffinity *core.PodAffinity;3 podAntiAffinity *core.PodAntiAffinity
core.AppArmorProfile	1 type s;2 localhostProfile *s
core.AttachedVolume	1 name s;2 devicePath s
core.AzureDiskVolumeSource	1 diskName s;2 diskURI s;3 cachingMode *s;4 fsType *s;5 readOnly *b;6 kind *s
core.AzureFileVolumeSource	1 secretName s;2 shareName s;3 readOnly b
core.Binding	1 metadata meta.ObjectMeta;2 target core.ObjectReference
core.CSIVolumeSource	1 driver s;2 readOnly *b;3 fsType *s;4 volumeAttributes {}s;5 nodePublishSecretRef *core.LocalObjectReference
core.Capabilities	1 add []s;2 drop []s
core.CephFSVolumeSource	1 monitors []s;2 path s;3 user s;4 secretFile s;5 secretRef *core.LocalObjectReference;6 readOnly b
core.CinderVolumeSource	1 volumeID s;2 fsType s;3 readOnly b;4 secretRef *core.LocalObjectReference
core.ClientIPConfig	1 timeoutSeconds *n
core.ClusterTrustBundleProjection	1 name *s;2 signerName *s;3 labelSelector *meta.LabelSelector;5 optional *b;4 path s
core.ConfigMap	1 metadata meta.ObjectMeta;4 immutable *b;2 data {}s;3 binaryData {}y
core.ConfigMapEnvSource	1 ~ core.LocalObjectReference;2 optional *b
core.ConfigMapKeySelector	1 ~ core.LocalObjectReference;2 key s;3 optional *b
core.ConfigMapNodeConfigSource	1 namespace s;2 name s;3 uid s;4 resourceVersion s;5 kubeletConfigKey s
core.ConfigMapProjection	1 ~ core.LocalObjectReference;2 items []core.KeyToPath;4 optional *b
core.ConfigMapVolumeSource	1 ~ core.LocalObjectReference;2 items []core.KeyToPath;3 defaultMode *n;4 optional *b
core.Container	1 name s;2 image s;3 command []s;4 args []s;5 workingDir s;6 ports []core.ContainerPort;19 envFrom []core.EnvFromSource;7 env []core.EnvVar;8 resources core.ResourceRequirements;23 resizePolicy []core.ContainerResizePolicy;24 restartPolicy *s;25 restartPolicyRules []core.ContainerRestartRule;9 volumeMounts []core.VolumeMount;21 volumeDevices []core.VolumeDevice;10 livenessProbe *core.Probe;11 readinessProbe *core.Probe;22 startupProbe *core.Probe;12 lifecycle *core.Lifecycle;13 terminationMessagePath s;20 terminationMessagePolicy s;14 imagePullPolicy s;15 securityContext *core.SecurityContext;16 stdin b;17 stdinOnce b;18 tty b
core.ContainerExtendedResourceRequest	1 containerName s;2 resourceName s;3 requestName s
core.ContainerImage	1 names []s;2 sizeBytes n
core.ContainerPort	1 name s;2 hostPort n;3 containerPort n;4 protocol s;5 hostIP s
core.ContainerResizePolicy	1 resourceName s;2 restartPolicy s
core.ContainerRestartRule	1 action s;2 exitCodes *core.ContainerRestartRuleOnExitCodes
core.ContainerRestartRuleOnExitCodes	1 operator s;2 values []n
core.ContainerState	1 waiting *core.ContainerStateWaiting;2 running *core.ContainerStateRunning;3 terminated *core.ContainerStateTerminated
core.ContainerStateRunning	1 startedAt T
core.ContainerStateTerminated	1 exitCode n;2 signal n;3 reason s;4 message s;5 startedAt T;6 finishedAt T;7 containerID s
core.ContainerStateWaiting	1 reason s;2 message s
core.ContainerStatus	1 name s;2 state core.ContainerState;3 lastState core.ContainerState;4 ready b;5 restartCount n;6 image s;7 imageID s;8 containerID s;9 started *b;10 allocatedResources {}Q;11 resources *core.ResourceRequirements;12 volumeMounts []core.VolumeMountStatus;13 user *core.ContainerUser;14 allocatedResourcesStatus []core.ResourceStatus;15 stopSignal *s
core.ContainerUser	1 linux *core.LinuxContainerUser
core.DaemonEndpoint	1 Port n
core.DownwardAPIProjection	1 items []core.DownwardAPIVolumeFile
core.DownwardAPIVolumeFile	1 path s;2 fieldRef *core.ObjectFieldSelector;3 resourceFieldRef *core.ResourceFieldSelector;4 mode *n
core.DownwardAPIVolumeSource	1 items []core.DownwardAPIVolumeFile;2 defaultMode *n
core.EmptyDirVolumeSource	1 medium s;2 sizeLimit *Q
core.EndpointAddress	1 ip s;3 hostname s;4 nodeName *s;2 targetRef *core.ObjectReference
core.EndpointPort	1 name s;2 port n;3 protocol s;4 appProtocol *s
core.EndpointSubset	1 addresses []core.EndpointAddress;2 notReadyAddresses []core.EndpointAddress;3 ports []core.EndpointPort
core.Endpoints	1 metadata meta.ObjectMeta;2 subsets []core.EndpointSubset
core.EnvFromSource	1 prefix s;2 configMapRef *core.ConfigMapEnvSource;3 secretRef *core.SecretEnvSource
core.EnvVar	1 name s;2 value s;3 valueFrom *core.EnvVarSource
core.EnvVarSource	1 fieldRef *core.ObjectFieldSelector;2 resourceFieldRef *core.ResourceFieldSelector;3 configMapKeyRef *core.ConfigMapKeySelector;4 secretKeyRef *core.SecretKeySelector;5 fileKeyRef *core.FileKeySelector
core.EphemeralContainer	1 ~ core.EphemeralContainerCommon;2 targetContainerName s
core.EphemeralContainerCommon	1 name s;2 image s;3 command []s;4 args []s;5 workingDir s;6 ports []core.ContainerPort;19 envFrom []core.EnvFromSource;7 env []core.EnvVar;8 resources core.ResourceRequirements;23 resizePolicy []core.ContainerResizePolicy;24 restartPolicy *s;25 restartPolicyRules []core.ContainerRestartRule;9 volumeMounts []core.VolumeMount;21 volumeDevices []core.VolumeDevice;10 livenessProbe *core.Probe;11 readinessProbe *core.Probe;22 startupProbe *core.Probe;12 lifecycle *core.Lifecycle;13 terminationMessagePath s;20 terminationMessagePolicy s;14 imagePullPolicy s;15 securityContext *core.SecurityContext;16 stdin b;17 stdinOnce b;18 tty b
core.EphemeralVolumeSource	1 volumeClaimTemplate *core.PersistentVolumeClaimTemplate
core.Event	1 metadata meta.ObjectMeta;2 involvedObject core.ObjectReference;3 reason s;4 message s;5 source core.EventSource;6 firstTimestamp T;7 lastTimestamp T;8 count n;9 type s;10 eventTime U;11 series *core.EventSeries;12 action s;13 related *core.ObjectReference;14 reportingComponent s;15 reportingInstance s
core.EventSeries	1 count n;2 lastObservedTime U
core.EventSource	1 component s;2 host s
core.ExecAction	1 command []s
core.FCVolumeSource	1 targetWWNs []s;2 lun *n;3 fsType s;4 readOnly b;5 wwids []s
core.FileKeySelector	1 volumeName s;2 path s;3 key s;4 optional *b
core.FlexVolumeSource	1 driver s;2 fsType s;3 secretRef *core.LocalObjectReference;4 readOnly b;5 options {}s
core.FlockerVolumeSource	1 datasetName s;2 datasetUUID s
core.GCEPersistentDiskVolumeSource	1 pdName s;2 fsType s;3 partition n;4 readOnly b
core.GRPCAction	1 port n;2 service *s
core.GitRepoVolumeSource	1 repository s;2 revision s;3 directory s
core.GlusterfsVolumeSource	1 endpoints s;2 path s;3 readOnly b
core.HTTPGetAction	1 path s;2 port I;3 host s;4 scheme s;5 httpHeaders []core.HTTPHeader
core.HTTPHeader	1 name s;2 value s
core.HostAlias	1 ip s;2 hostnames []s
core.HostIP	1 ip s
core.HostPathVolumeSource	1 path s;2 type *s
core.ISCSIVolumeSource	1 targetPortal s;2 iqn s;3 lun n;4 iscsiInterface s;5 fsType s;6 readOnly b;7 portals []s;8 chapAuthDiscovery b;11 chapAuthSession b;10 secretRef *core.LocalObjectReference;12 initiatorName *s
core.ImageVolumeSource	1 reference s;2 pullPolicy s
core.ImageVolumeStatus	1 imageRef s
core.KeyToPath	1 key s;2 path s;3 mode *n
core.Lifecycle	1 postStart *core.LifecycleHandler;2 preStop *core.LifecycleHandler;3 stopSignal *s
core.LifecycleHandler	1 exec *core.ExecAction;2 httpGet *core.HTTPGetAction;3 tcpSocket *core.TCPSocketAction;4 sleep *core.SleepAction
core.LinuxContainerUser	1 uid n;2 gid n;3 supplementalGroups []n
core.LoadBalancerIngress	1 ip s;2 hostname s;3 ipMode *s;4 ports []core.PortStatus
core.LoadBalancerStatus	1 ingress []core.LoadBalancerIngress
core.LocalObjectReference	1 name s
core.NFSVolumeSource	1 server s;2 path s;3 readOnly b
core.Namespace	1 metadata meta.ObjectMeta;2 spec core.NamespaceSpec;3 status core.NamespaceStatus
core.NamespaceCondition	1 type s;2 status s;4 lastTransitionTime T;5 reason s;6 message s
core.NamespaceSpec	1 finalizers []s
core.NamespaceStatus	1 phase s;2 conditions []core.NamespaceCondition
core.Node	1 metadata meta.ObjectMeta;2 spec core.NodeSpec;3 status core.NodeStatus
core.NodeAddress	1 type s;2 address s
core.NodeAffinity	1 requiredDuringSchedulingIgnoredDuringExecution *core.NodeSelector;2 preferredDuringSchedulingIgnoredDuringExecution []core.PreferredSchedulingTerm
core.NodeAllocatableResourceClaimStatus	1 resourceClaimName s;2 containers []s;3 resources {}Q
core.NodeCondition	1 type s;2 status s;3 lastHeartbeatTime T;4 lastTransitionTime T;5 reason s;6 message s
core.NodeConfigSource	2 configMap *core.ConfigMapNodeConfigSource
core.NodeConfigStatus	1 assigned *core.NodeConfigSource;2 active *core.NodeConfigSource;3 lastKnownGood *core.NodeConfigSource;4 error s
core.NodeDaemonEndpoints	1 kubeletEndpoint core.DaemonEndpoint
core.NodeFeatures	1 supplementalGroupsPolicy *b
core.NodeRuntimeHandler	1 name s;2 features *core.NodeRuntimeHandlerFeatures
core.NodeRuntimeHandlerFeatures	1 recursiveReadOnlyMounts *b;2 userNamespaces *b
core.NodeSelector	1 nodeSelectorTerms []core.NodeSelectorTerm
core.NodeSelectorRequirement	1 key s;2 operator s;3 values []s
core.NodeSelectorTerm	1 matchExpressions []core.NodeSelectorRequirement;2 matchFields []core.NodeSelectorRequirement
core.NodeSpec	1 podCIDR s;7 podCIDRs []s;3 providerID s;4 unschedulable b;5 taints []core.Taint;6 configSource *core.NodeConfigSource;2 externalID s
core.NodeStatus	1 capacity {}Q;2 allocatable {}Q;3 phase s;4 conditions []core.NodeCondition;5 addresses []core.NodeAddress;6 daemonEndpoints core.NodeDaemonEndpoints;7 nodeInfo core.NodeSystemInfo;8 images []core.ContainerImage;9 volumesInUse []s;10 volumesAttached []core.AttachedVolume;11 config *core.NodeConfigStatus;12 runtimeHandlers []core.NodeRuntimeHandler;13 features *core.NodeFeatures;14 declaredFeatures []s
core.NodeSwapStatus	1 capacity *n
core.NodeSystemInfo	1 machineID s;2 systemUUID s;3 bootID s;4 kernelVersion s;5 osImage s;6 containerRuntimeVersion s;7 kubeletVersion s;8 kubeProxyVersion s;9 operatingSystem s;10 architecture s;11 swap *core.NodeSwapStatus
core.ObjectFieldSelector	1 apiVersion s;2 fieldPath s
core.ObjectReference	1 kind s;2 namespace s;3 name s;4 uid s;5 apiVersion s;6 resourceVersion s;7 fieldPath s
core.PersistentVolumeClaimSpec	1 accessModes []s;4 selector *meta.LabelSelector;2 resources core.VolumeResourceRequirements;3 volumeName s;5 storageClassName *s;6 volumeMode *s;7 dataSource *core.TypedLocalObjectReference;8 dataSourceRef *core.TypedObjectReference;9 volumeAttributesClassName *s
core.PersistentVolumeClaimTemplate	1 metadata meta.ObjectMeta;2 spec core.PersistentVolumeClaimSpec
core.PersistentVolumeClaimVolumeSource	1 claimName s;2 readOnly b
core.PhotonPersistentDiskVolumeSource	1 pdID s;2 fsType s
core.Pod	1 metadata meta.ObjectMeta;2 spec core.PodSpec;3 status core.PodStatus
core.PodAffinity	1 requiredDuringSchedulingIgnoredDuringExecution []core.PodAffinityTerm;2 preferredDuringSchedulingIgnoredDuringExecution []core.WeightedPodAffinityTerm
core.PodAffinityTerm	1 labelSelector *meta.LabelSelector;2 namespaces []s;3 topologyKey s;4 namespaceSelector *meta.LabelSelector;5 matchLabelKeys []s;6 mismatchLabelKeys []s
core.PodAntiAffinity	1 requiredDuringSchedulingIgnoredDuringExecution []core.PodAffinityTerm;2 preferredDuringSchedulingIgnoredDuringExecution []core.WeightedPodAffinityTerm
core.PodCertificateProjection	1 signerName s;2 keyType s;3 maxExpirationSeconds *n;4 credentialBundlePath s;5 keyPath s;6 certificateChainPath s;7 userAnnotations {}s
core.PodCondition	1 type s;7 observedGeneration n;2 status s;3 lastProbeTime T;4 lastTransitionTime T;5 reason s;6 message s
core.PodDNSConfig	1 nameservers []s;2 searches []s;3 options []core.PodDNSConfigOption
core.PodDNSConfigOption	1 name s;2 value *s
core.PodExtendedResourceClaimStatus	1 requestMappings []core.ContainerExtendedResourceRequest;2 resourceClaimName s
core.PodIP	1 ip s
core.PodOS	1 name s
core.PodReadinessGate	1 conditionType s
core.PodResourceClaim	1 name s;3 resourceClaimName *s;4 resourceClaimTemplateName *s
core.PodResourceClaimStatus	1 name s;2 resourceClaimName *s
core.PodSchedulingGate	1 name s
core.PodSchedulingGroup	1 podGroupName *s
core.PodSecurityContext	1 seLinuxOptions *core.SELinuxOptions;8 windowsOptions *core.WindowsSecurityContextOptions;2 runAsUser *n;6 runAsGroup *n;3 runAsNonRoot *b;4 supplementalGroups []n;12 supplementalGroupsPolicy *s;5 fsGroup *n;7 sysctls []core.Sysctl;9 fsGroupChangePolicy *s;10 seccompProfile *core.SeccompProfile;11 appArmorProfile *core.AppArmorProfile;13 seLinuxChangePolicy *s
core.PodSpec	1 volumes []core.Volume;20 initContainers []core.Container;2 containers []core.Container;34 ephemeralContainers []core.EphemeralContainer;3 restartPolicy s;4 terminationGracePeriodSeconds *n;5 activeDeadlineSeconds *n;6 dnsPolicy s;7 nodeSelector {}s;8 serviceAccountName s;9 serviceAccount s;21 automountServiceAccountToken *b;10 nodeName s;11 hostNetwork b;12 hostPID b;13 hostIPC b;27 shareProcessNamespace *b;14 securityContext *core.PodSecurityContext;15 imagePullSecrets []core.LocalObjectReference;16 hostname s;17 subdomain s;18 affinity *core.Affinity;19 schedulerName s;22 tolerations []core.Toleration;23 hostAliases []core.HostAlias;24 priorityClassName s;25 priority *n;26 dnsConfig *core.PodDNSConfig;28 readinessGates []core.PodReadinessGate;29 runtimeClassName *s;30 enableServiceLinks *b;31 preemptionPolicy *s;32 overhead {}Q;33 topologySpreadConstraints []core.TopologySpreadConstraint;35 setHostnameAsFQDN *b;36 os *core.PodOS;37 hostUsers *b;38 schedulingGates []core.PodSchedulingGate;39 resourceClaims []core.PodResourceClaim;40 resources *core.ResourceRequirements;41 hostnameOverride *s;43 schedulingGroup *core.PodSchedulingGroup
core.PodStatus	17 observedGeneration n;1 phase s;2 conditions []core.PodCondition;3 message s;4 reason s;11 nominatedNodeName s;5 hostIP s;16 hostIPs []core.HostIP;6 podIP s;12 podIPs []core.PodIP;7 startTime *T;10 initContainerStatuses []core.ContainerStatus;8 containerStatuses []core.ContainerStatus;9 qosClass s;13 ephemeralContainerStatuses []core.ContainerStatus;14 resize s;15 resourceClaimStatuses []core.PodResourceClaimStatus;18 extendedResourceClaimStatus *core.PodExtendedResourceClaimStatus;19 allocatedResources {}Q;20 resources *core.ResourceRequirements;21 nodeAllocatableResourceClaimStatuses []core.NodeAllocatableResourceClaimStatus
core.PodTemplateSpec	1 metadata meta.ObjectMeta;2 spec core.PodSpec
core.PortStatus	1 port n;2 protocol s;3 error *s
core.PortworxVolumeSource	1 volumeID s;2 fsType s;3 readOnly b
core.PreferredSchedulingTerm	1 weight n;2 preference core.NodeSelectorTerm
core.Probe	1 ~ core.ProbeHandler;2 initialDelaySeconds n;3 timeoutSeconds n;4 periodSeconds n;5 successThreshold n;6 failureThreshold n;7 terminationGracePeriodSeconds *n
core.ProbeHandler	1 exec *core.ExecAction;2 httpGet *core.HTTPGetAction;3 tcpSocket *core.TCPSocketAction;4 grpc *core.GRPCAction
core.ProjectedVolumeSource	1 sources []core.VolumeProjection;2 defaultMode *n
core.QuobyteVolumeSource	1 registry s;2 volume s;3 readOnly b;4 user s;5 group s;6 tenant s
core.RBDVolumeSource	1 monitors []s;2 image s;3 fsType s;4 pool s;5 user s;6 keyring s;7 secretRef *core.LocalObjectReference;8 readOnly b
core.ResourceClaim	1 name s;2 request s
core.ResourceFieldSelector	1 containerName s;2 resource s;3 divisor Q
core.ResourceHealth	1 resourceID s;2 health s;6 message *s
core.ResourceRequirements	1 limits {}Q;2 requests {}Q;3 claims []core.ResourceClaim
core.ResourceStatus	1 name s;2 resources []core.ResourceHealth
core.SELinuxOptions	1 user s;2 role s;3 type s;4 level s
core.ScaleIOVolumeSource	1 gateway s;2 system s;3 secretRef *core.LocalObjectReference;4 sslEnabled b;5 protectionDomain s;6 storagePool s;7 storageMode s;8 volumeName s;9 fsType s;10 readOnly b
core.SeccompProfile	1 type s;2 localhostProfile *s
core.Secret	1 metadata meta.ObjectMeta;5 immutable *b;2 data {}y;4 stringData {}s;3 type s
core.SecretEnvSource	1 ~ core.LocalObjectReference;2 optional *b
core.SecretKeySelector	1 ~ core.LocalObjectReference;2 key s;3 optional *b
core.SecretProjection	1 ~ core.LocalObjectReference;2 items []core.KeyToPath;4 optional *b
core.SecretVolumeSource	1 secretName s;2 items []core.KeyToPath;3 defaultMode *n;4 optional *b
core.SecurityContext	1 capabilities *core.Capabilities;2 privileged *b;3 seLinuxOptions *core.SELinuxOptions;10 windowsOptions *core.WindowsSecurityContextOptions;4 runAsUser *n;8 runAsGroup *n;5 runAsNonRoot *b;6 readOnlyRootFilesystem *b;7 allowPrivilegeEscalation *b;9 procMount *s;11 seccompProfile *core.SeccompProfile;12 appArmorProfile *core.AppArmorProfile
core.Service	1 metadata meta.ObjectMeta;2 spec core.ServiceSpec;3 status core.ServiceStatus
core.ServiceAccount	1 metadata meta.ObjectMeta;2 secrets []core.ObjectReference;3 imagePullSecrets []core.LocalObjectReference;4 automountServiceAccountToken *b
core.ServiceAccountTokenProjection	1 audience s;2 expirationSeconds *n;3 path s
core.ServicePort	1 name s;2 protocol s;6 appProtocol *s;3 port n;4 targetPort I;5 nodePort n
core.ServiceSpec	1 ports []core.ServicePort;2 selector {}s;3 clusterIP s;18 clusterIPs []s;4 type s;5 externalIPs []s;7 sessionAffinity s;8 loadBalancerIP s;9 loadBalancerSourceRanges []s;10 externalName s;11 externalTrafficPolicy s;12 healthCheckNodePort n;13 publishNotReadyAddresses b;14 sessionAffinityConfig *core.SessionAffinityConfig;19 ipFamilies []s;17 ipFamilyPolicy *s;20 allocateLoadBalancerNodePorts *b;21 loadBalancerClass *s;22 internalTrafficPolicy *s;23 trafficDistribution *s
core.ServiceStatus	1 loadBalancer core.LoadBalancerStatus;2 conditions []meta.Condition
core.SessionAffinityConfig	1 clientIP *core.ClientIPConfig
core.SleepAction	1 seconds n
core.StorageOSVolumeSource	1 volumeName s;2 volumeNamespace s;3 fsType s;4 readOnly b;5 secretRef *core.LocalObjectReference
core.Sysctl	1 name s;2 value s
core.TCPSocketAction	1 port I;2 host s
core.Taint	1 key s;2 value s;3 effect s;4 timeAdded *T
core.Toleration	1 key s;2 operator s;3 value s;4 effect s;5 tolerationSeconds *n
core.TopologySpreadConstraint	1 maxSkew n;2 topologyKey s;3 whenUnsatisfiable s;4 labelSelector *meta.LabelSelector;5 minDomains *n;6 nodeAffinityPolicy *s;7 nodeTaintsPolicy *s;8 matchLabelKeys []s
core.TypedLocalObjectReference	1 apiGroup *s;2 kind s;3 name s
core.TypedObjectReference	1 apiGroup *s;2 kind s;3 name s;4 namespace *s
core.Volume	1 name s;2 ~ core.VolumeSource
core.VolumeDevice	1 name s;2 devicePath s
core.VolumeMount	1 name s;2 readOnly b;7 recursiveReadOnly *s;3 mountPath s;4 subPath s;5 mountPropagation *s;6 subPathExpr s
core.VolumeMountStatus	1 name s;2 mountPath s;3 readOnly b;4 recursiveReadOnly *s;5 volumeStatus *core.VolumeStatus
core.VolumeProjection	1 secret *core.SecretProjection;2 downwardAPI *core.DownwardAPIProjection;3 configMap *core.ConfigMapProjection;4 serviceAccountToken *core.ServiceAccountTokenProjection;5 clusterTrustBundle *core.ClusterTrustBundleProjection;6 podCertificate *core.PodCertificateProjection
core.VolumeResourceRequirements	1 limits {}Q;2 requests {}Q
core.VolumeSource	1 hostPath *core.HostPathVolumeSource;2 emptyDir *core.EmptyDirVolumeSource;3 gcePersistentDisk *core.GCEPersistentDiskVolumeSource;4 awsElasticBlockStore *core.AWSElasticBlockStoreVolumeSource;5 gitRepo *core.GitRepoVolumeSource;6 secret *core.SecretVolumeSource;7 nfs *core.NFSVolumeSource;8 iscsi *core.ISCSIVolumeSource;9 glusterfs *core.GlusterfsVolumeSource;10 persistentVolumeClaim *core.PersistentVolumeClaimVolumeSource;11 rbd *core.RBDVolumeSource;12 flexVolume *core.FlexVolumeSource;13 cinder *core.CinderVolumeSource;14 cephfs *core.CephFSVolumeSource;15 flocker *core.FlockerVolumeSource;16 downwardAPI *core.DownwardAPIVolumeSource;17 fc *core.FCVolumeSource;18 azureFile *core.AzureFileVolumeSource;19 configMap *core.ConfigMapVolumeSource;20 vsphereVolume *core.VsphereVirtualDiskVolumeSource;21 quobyte *core.QuobyteVolumeSource;22 azureDisk *core.AzureDiskVolumeSource;23 photonPersistentDisk *core.PhotonPersistentDiskVolumeSource;26 projected *core.ProjectedVolumeSource;24 portworxVolume *core.PortworxVolumeSource;25 scaleIO *core.ScaleIOVolumeSource;27 storageos *core.StorageOSVolumeSource;28 csi *core.CSIVolumeSource;29 ephemeral *core.EphemeralVolumeSource;30 image *core.ImageVolumeSource
core.VolumeStatus	1 image *core.ImageVolumeStatus
core.VsphereVirtualDiskVolumeSource	1 volumePath s;2 fsType s;3 storagePolicyName s;4 storagePolicyID s
core.WeightedPodAffinityTerm	1 weight n;2 podAffinityTerm core.PodAffinityTerm
core.WindowsSecurityContextOptions	1 gmsaCredentialSpecName *s;2 gmsaCredentialSpec *s;3 runAsUserName *s;4 hostProcess *b
discovery.Endpoint	1 addresses []s;2 conditions discovery.EndpointConditions;3 hostname *s;4 targetRef *core.ObjectReference;5 deprecatedTopology {}s;6 nodeName *s;7 zone *s;8 hints *discovery.EndpointHints
discovery.EndpointConditions	1 ready *b;2 serving *b;3 terminating *b
discovery.EndpointHints	1 forZones []discovery.ForZone;2 forNodes []discovery.ForNode
discovery.EndpointPort	1 name *s;2 protocol *s;3 port *n;4 appProtocol *s
discovery.EndpointSlice	1 metadata meta.ObjectMeta;4 addressType s;2 endpoints []discovery.Endpoint;3 ports []discovery.EndpointPort
discovery.ForNode	1 name s
discovery.ForZone	1 name s
events.Event	1 metadata meta.ObjectMeta;2 eventTime U;3 series *events.EventSeries;4 reportingController s;5 reportingInstance s;6 action s;7 reason s;8 regarding core.ObjectReference;9 related *core.ObjectReference;10 note s;11 type s;12 deprecatedSource core.EventSource;13 deprecatedFirstTimestamp T;14 deprecatedLastTimestamp T;15 deprecatedCount n
events.EventSeries	1 count n;2 lastObservedTime U
meta.Condition	1 type s;2 status s;3 observedGeneration n;4 lastTransitionTime T;5 reason s;6 message s
meta.DeleteOptions	1 gracePeriodSeconds *n;2 preconditions *meta.Preconditions;3 orphanDependents *b;4 propagationPolicy *s;5 dryRun []s;6 ignoreStoreReadErrorWithClusterBreakingPotential *b
meta.FieldSelectorRequirement	1 key s;2 operator s;3 values []s
meta.LabelSelector	1 matchLabels {}s;2 matchExpressions []meta.LabelSelectorRequirement
meta.LabelSelectorRequirement	1 key s;2 operator s;3 values []s
meta.ManagedFieldsEntry	1 manager s;2 operation s;3 apiVersion s;4 time *T;6 fieldsType s;7 fieldsV1 *F;8 subresource s
meta.ObjectMeta	1 name s;2 generateName s;3 namespace s;4 selfLink s;5 uid s;6 resourceVersion s;7 generation n;8 creationTimestamp T;9 deletionTimestamp *T;10 deletionGracePeriodSeconds *n;11 labels {}s;12 annotations {}s;13 ownerReferences []meta.OwnerReference;14 finalizers []s;17 managedFields []meta.ManagedFieldsEntry
meta.OwnerReference	5 apiVersion s;1 kind s;3 name s;4 uid s;6 controller *b;7 blockOwnerDeletion *b
meta.Preconditions	1 uid *s;2 resourceVersion *s
networking.IPBlock	1 cidr s;2 except []s
networking.NetworkPolicy	1 metadata meta.ObjectMeta;2 spec networking.NetworkPolicySpec
networking.NetworkPolicyEgressRule	1 ports []networking.NetworkPolicyPort;2 to []networking.NetworkPolicyPeer
networking.NetworkPolicyIngressRule	1 ports []networking.NetworkPolicyPort;2 from []networking.NetworkPolicyPeer
networking.NetworkPolicyPeer	1 podSelector *meta.LabelSelector;2 namespaceSelector *meta.LabelSelector;3 ipBlock *networking.IPBlock
networking.NetworkPolicyPort	1 protocol *s;2 port *I;3 endPort *n
networking.NetworkPolicySpec	1 podSelector meta.LabelSelector;2 ingress []networking.NetworkPolicyIngressRule;3 egress []networking.NetworkPolicyEgressRule;4 policyTypes []s
policy.Eviction	1 metadata meta.ObjectMeta;2 deleteOptions *meta.DeleteOptions
policy.PodDisruptionBudget	1 metadata meta.ObjectMeta;2 spec policy.PodDisruptionBudgetSpec;3 status policy.PodDisruptionBudgetStatus
policy.PodDisruptionBudgetSpec	1 minAvailable *I;2 selector *meta.LabelSelector;3 maxUnavailable *I;4 unhealthyPodEvictionPolicy *s
policy.PodDisruptionBudgetStatus	1 observedGeneration n;2 disruptedPods {}T;3 disruptionsAllowed n;4 currentHealthy n;5 desiredHealthy n;6 expectedPods n;7 conditions []meta.Condition
rbac.AggregationRule	1 clusterRoleSelectors []meta.LabelSelector
rbac.ClusterRole	1 metadata meta.ObjectMeta;2 rules []rbac.PolicyRule;3 aggregationRule *rbac.AggregationRule
rbac.ClusterRoleBinding	1 metadata meta.ObjectMeta;2 subjects []rbac.Subject;3 roleRef rbac.RoleRef
rbac.PolicyRule	1 verbs []s;2 apiGroups []s;3 resources []s;4 resourceNames []s;5 nonResourceURLs []s
rbac.Role	1 metadata meta.ObjectMeta;2 rules []rbac.PolicyRule
rbac.RoleBinding	1 metadata meta.ObjectMeta;2 subjects []rbac.Subject;3 roleRef rbac.RoleRef
rbac.RoleRef	1 apiGroup s;2 kind s;3 name s
rbac.Subject	1 kind s;2 apiGroup s;3 name s;4 namespace s
`;
