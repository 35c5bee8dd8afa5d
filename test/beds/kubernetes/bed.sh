#!/usr/bin/env bash
# A real Kubernetes on this machine, without systemd: control plane, one kubelet with containerd and runc, kube-proxy; built from the
# Go modules on first use (about ten minutes on two cores, then kept in the cache). Usage (as root):
# bed.sh start|stop|env|status|kwok. Repeating any does no harm. kwok adds pretended nodes (mknodes.sh makes them).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/env.sh"

built() { [ -e $BIN/.kubernetes-$KV ] && [ -e $BIN/.etcd-$ETCDV ] && [ -e $BIN/.kwok-$KWOKV ] && [ -e $BIN/.helm-$HELMV ] && [ -e $BIN/.notebook-$NOTEBOOKV ] && [ -e $BIN/gateway-$GATEWAYV.yaml ]; }
say() { echo "bed kubernetes: $*" >&2; }

# What the tests need of the cluster's administrator: see docs/kubernetes.md.
grant() {
  kubectl apply -f - >/dev/null <<'Y'
apiVersion: v1
kind: List
items:
- {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: execution-broker-hold}, value: 100000, preemptionPolicy: Never}
- {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: execution-broker-hold-firm}, value: 100000}
- {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: execution-broker-session}, value: 100001}
Y
  # Pretended GPUs on the real node: their pods run, and are counted.
  kubectl patch node $NODE --subresource=status --type=merge \
    -p '{"status":{"capacity":{"nvidia.com/gpu":"2"},"allocatable":{"nvidia.com/gpu":"2"}}}' >/dev/null
}

start() {
  [ "$(id -u)" = 0 ] || { say 'needs root: a kubelet runs containers'; exit 1; }
  if ! built && ! PATH=$PATH command -v go >/dev/null; then say 'no cached binaries, and no Go to build them'; exit 1; fi
  if ! alive apiserver && (exec 3<>/dev/tcp/127.0.0.1/6443) 2>/dev/null; then say 'port 6443 is taken; most likely by the bed of another checkout, and a machine has room for one'; exit 1; fi
  "$here/setup.sh" >&2
  "$here/start.sh" >&2
  grant
  { echo "KUBECONFIG=$BED/etc/admin.kubeconfig"; echo "EB_BED_KUBERNETES=$BED"; echo "EB_BED_KUBERNETES_BIN=$BIN"; echo "EB_BED_KUBERNETES_SCRIPTS=$here"; } >"$BED/env"
}

case "${1:-}" in
  start) start; cat "$BED/env" ;;
  # What another checkout runs is left alone: network and ports are the machine's.
  stop) if [ -e "$BED/run" ]; then "$here/stop.sh" clean; rm -rf "$BED/env" "$BED/run"; fi ;;
  env) cat "$BED/env" ;;
  status) kubectl get nodes ;;
  kwok) "$here/start.sh" kwok ;;
  built) built ;;
  *) echo 'usage: bed.sh start|stop|env|status|kwok|built' >&2; exit 2 ;;
esac
