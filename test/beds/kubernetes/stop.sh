#!/bin/bash
# stop.sh [clean]: ends everything that start.sh started, by pid; clean: forgets all state.
. "$(dirname "$0")/env.sh"
end() { local f=$BED/run/$1.pid; if alive $1; then kill $(cat $f)
  for i in $(seq 50); do alive $1 || break; sleep 0.1; done; alive $1 && kill -KILL $(cat $f); fi; rm -f $f; }
end kwok; end kubelet; end proxy; end scheduler; end kcm
if [ -S $BED/run/containerd.sock ] && [ -e $BED/run/containerd.pid ]; then       # the containers outlive kubelet and containerd: end them first
  C="ctr -a $BED/run/containerd.sock -n k8s.io"
  for t in $($C tasks ls -q); do $C tasks kill -s SIGKILL -a $t; done 2>/dev/null
  sleep 0.5
  [ "${1:-}" != clean ] || for c in $($C containers ls -q); do   # ended containers are kept for their logs, except by clean
    $C tasks rm -f $c; $C containers info $c | grep -o '/run/netns/cni-[^"]*' | while read -r n; do ip netns del $(basename $n); done
    $C containers rm $c; done >/dev/null 2>&1
fi
end containerd; end apiserver; end etcd
# what is mounted below the bed: pod tmpfs volumes, overlay roots, network namespaces
awk '{print $2}' /proc/mounts | grep -E "^$BED/" | sort -r | while read -r m; do umount -l "$m"; done
iptables -D FORWARD -i $BR ! -o $BR -j DROP 2>/dev/null
kube-proxy --cleanup >/dev/null 2>&1
for c in INPUT OUTPUT; do iptables -D $c -j KUBE-FIREWALL; done 2>/dev/null
for t in nat filter mangle; do iptables-save -t $t | sed -n 's/^:\(KUBE-[^ ]*\) .*/\1/p' | while read -r c; do
  iptables -t $t -F $c; iptables -t $t -X $c; done; done 2>/dev/null
ip link del $BR 2>/dev/null
for d in /sys/fs/cgroup/*/kubepods; do [ -d $d ] && find $d -depth -type d -exec rmdir {} + 2>/dev/null; done
[ "${1:-}" = clean ] && rm -rf $BED/state $BED/run $BED/log && mkdir -p $BED/state $BED/run $BED/log
true
