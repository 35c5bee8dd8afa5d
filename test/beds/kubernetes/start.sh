#!/bin/bash
# start.sh [apiserver|etcd|kubelet|node|kwok|all]; all is all but kwok. What runs already is left alone.
set -eu
. "$(dirname "$0")/env.sh"
t0=$(now)
up() { # NAME COMMAND...: start in the background, own session, pid file
  local n=$1; shift
  alive $n && return
  setsid "$@" >>$BED/log/$n.log 2>&1 </dev/null & echo $! >$BED/run/$n.pid
}
wait_for() { # WHAT SECONDS COMMAND...
  local w=$1 n=$(( $2 * 5 )); shift 2
  while ! "$@" >/dev/null 2>&1; do n=$((n-1)); [ $n -gt 0 ] || { echo "$w: not ready" >&2; exit 1; }; sleep 0.2; done
  echo "$w ready after $(since $t0)"
}
etcd_() { up etcd etcd --name bed --data-dir $BED/state/etcd --listen-client-urls http://127.0.0.1:2379 \
  --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
  --initial-cluster bed=http://127.0.0.1:2380 --log-level warn --unsafe-no-fsync; }
apiserver_() { up apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --secure-port=6443 --advertise-address=$GW \
  --service-cluster-ip-range=$SVCNET --authorization-mode=Node,RBAC --anonymous-auth=false --allow-privileged=true \
  --enable-admission-plugins=NodeRestriction --client-ca-file=$BED/pki/ca.crt \
  --tls-cert-file=$BED/pki/apiserver.crt --tls-private-key-file=$BED/pki/apiserver.key \
  --service-account-key-file=$BED/pki/sa.pub --service-account-signing-key-file=$BED/pki/sa.key \
  --service-account-issuer=https://kubernetes.default.svc --api-audiences=https://kubernetes.default.svc \
  --kubelet-certificate-authority=$BED/pki/ca.crt --kubelet-client-certificate=$BED/pki/apiserver-kubelet-client.crt \
  --kubelet-client-key=$BED/pki/apiserver-kubelet-client.key --kubelet-preferred-address-types=InternalIP; }
control() {
  ip link show $BR >/dev/null 2>&1 || { ip link add $BR type bridge; ip addr add $GW/24 dev $BR; ip link set $BR up; }
  etcd_; apiserver_
  wait_for apiserver 60 kubectl get --raw /readyz
  up kcm kube-controller-manager --kubeconfig=$BED/etc/kcm.kubeconfig --authentication-kubeconfig=$BED/etc/kcm.kubeconfig \
    --authorization-kubeconfig=$BED/etc/kcm.kubeconfig --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file=$BED/pki/sa.key --root-ca-file=$BED/pki/ca.crt \
    --cluster-signing-cert-file=$BED/pki/ca.crt --cluster-signing-key-file=$BED/pki/ca.key \
    --enable-hostpath-provisioner=true --kube-api-qps=100 --kube-api-burst=200
  up scheduler kube-scheduler --kubeconfig=$BED/etc/scheduler.kubeconfig --authentication-kubeconfig=$BED/etc/scheduler.kubeconfig \
    --authorization-kubeconfig=$BED/etc/scheduler.kubeconfig --bind-address=127.0.0.1 --leader-elect=false \
    --kube-api-qps=200 --kube-api-burst=400
  wait_for "default service account" 60 kubectl -n default get serviceaccount default
  kubectl apply --server-side -f $BIN/gateway-$GATEWAYV.yaml >/dev/null
  kubectl apply -f - <<'Y' >/dev/null
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: hostpath, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: kubernetes.io/host-path
reclaimPolicy: Delete
Y
}
node() {
  sysctl -qw net.ipv4.ip_forward=1
  iptables -C FORWARD -i $BR ! -o $BR -j DROP 2>/dev/null || iptables -I FORWARD -i $BR ! -o $BR -j DROP   # pods never leave the machine
  ip route replace $SVCNET dev $BR src $GW         # a ClusterIP never leaves either; kube-proxy rewrites it
  up containerd containerd -c $BED/etc/containerd.toml
  wait_for containerd 20 ctr -a $BED/run/containerd.sock version
  for i in $BED/img/*.tar; do ctr -a $BED/run/containerd.sock -n k8s.io images import $i >/dev/null; done
  kubelet_
  up proxy kube-proxy --config=$BED/etc/proxy.yaml
  wait_for "node $NODE" 60 kubectl wait --for=condition=Ready node/$NODE --timeout=30s
}
kubelet_() { up kubelet kubelet --config=$BED/etc/kubelet.yaml --kubeconfig=$BED/etc/kubelet.kubeconfig --root-dir=$BED/state/kubelet \
    --cert-dir=$BED/pki/kubelet --hostname-override=$NODE --node-ip=$GW; }
case ${1:-all} in
  etcd) etcd_;; kubelet) kubelet_;; apiserver) apiserver_; wait_for apiserver 60 kubectl get --raw /readyz;;
  control) control;; node) node;; all) control; node;;
  kwok) up kwok kwok --kubeconfig=$BED/etc/admin.kubeconfig --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake \
     --config=$BED/etc/kwok.yaml --node-ip=$GW --node-port=10247 --server-address=$GW:10247 \
     --tls-cert-file=$BED/pki/kubelet-server.crt --tls-private-key-file=$BED/pki/kubelet-server.key;;
esac
echo "up after $(since $t0)"
