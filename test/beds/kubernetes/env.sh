# Sourced by the other scripts of this bed.
BED=${EB_BED:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)/.eb/beds/kubernetes}
KV=${KV:-1.35.4}                    # Kubernetes version (a version of the Go module k8s.io/kubernetes)
ETCDV=${ETCDV:-3.6.16}
KWOKV=${KWOKV:-0.8.0}
HELMV=${HELMV:-3.19.0}
GATEWAYV=${GATEWAYV:-1.4.0}
# By its content: a fresh checkout makes the source newer than what was built of it.
NOTEBOOKV=$(sha256sum "$(dirname "${BASH_SOURCE[0]}")/notebook/main.go" | cut -c1-12)
BIN=${XDG_CACHE_HOME:-$HOME/.cache}/execution-broker/kubernetes   # built binaries, kept over all runs
NODE=node1                          # the one real node
BR=bed0 GW=10.244.0.1 PODNET=10.244.0.0/24 SVCNET=10.96.0.0/16
API=https://127.0.0.1:6443
export PATH=$BIN:/usr/sbin:/sbin:$PATH:/usr/local/go/bin
export KUBECONFIG=$BED/etc/admin.kubeconfig
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN{printf "%.1f s", b-a}'; }
# alive NAME: its process runs (a zombie, which "kill -0" takes for alive, does not count: pid 1 here is slow to reap)
alive() { local p; p=$(cat $BED/run/$1.pid 2>/dev/null) && grep -q '^State:[[:space:]]*[RSDT]' /proc/$p/status 2>/dev/null; }
