#!/bin/bash
# mknodes.sh N [CPU MEM]: N fake nodes for kwok; tainted, so that only pods that tolerate them go there
. "$(dirname "$0")/env.sh"
for i in $(seq $1); do cat <<Y
apiVersion: v1
kind: Node
metadata:
  name: fake$i
  annotations: {kwok.x-k8s.io/node: fake, node.alpha.kubernetes.io/ttl: "0"}
  labels: {kubernetes.io/hostname: fake$i, kubernetes.io/os: linux, kubernetes.io/arch: amd64, type: kwok}
spec: {taints: [{key: kwok.x-k8s.io/node, value: fake, effect: NoSchedule}]}
status:
  allocatable: &r {cpu: "${2:-64}", memory: ${3:-256Gi}, pods: "500", nvidia.com/gpu: "4", ephemeral-storage: 1Ti}
  capacity: *r
  addresses: [{type: InternalIP, address: $GW}, {type: Hostname, address: fake$i}]
  nodeInfo: {kubeletVersion: fake, operatingSystem: linux, architecture: amd64, osImage: fake}
---
Y
done | kubectl apply -f - >/dev/null
