#!/bin/bash
# Packages, builds (skipped when cached), images, certificates, configurations. Safe to repeat.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/env.sh"
mkdir -p $BED/{bin,build,etc/cni,pki,img,state,run,log} $BIN
SECONDS=0

# Debian packages
need=
for p in containerd runc containernetworking-plugins busybox-static iptables conntrack iproute2 openssl curl; do
  dpkg -s $p >/dev/null 2>&1 || need="$need $p"; done
if [ -n "$need" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $need >$BED/log/apt.log
fi
echo "packages: $SECONDS s"

# Kubernetes from its Go modules
stamp=$BIN/.kubernetes-$KV
if [ ! -e $stamp ]; then
  mkdir -p $BED/build/k8s; cd $BED/build/k8s
  minor=${KV#1.}; minor=${minor%%.*}; staging=v0.${KV#1.}
  export GOFLAGS=-mod=mod CGO_ENABLED=0
  info=$(go mod download -json k8s.io/kubernetes@v$KV)
  gomod=$(sed -n 's/.*"GoMod": "\(.*\)".*/\1/p' <<<"$info")
  commit=$(sed -n 's/.*"Hash": "\(.*\)".*/\1/p' <<<"$info")
  { echo "module bed"; grep -E '^(go|godebug) ' $gomod; echo "require k8s.io/kubernetes v$KV"; echo "replace ("
    # every staging module is required at v0.0.0 in Kubernetes' own go.mod
    awk '/^replace/{r=1;next} r&&/^\)/{r=0} r&&/=>/{print $1}' $gomod | while read -r m; do echo "  $m => $m $staging"; done
    echo ")"; } >go.mod
  V=k8s.io/component-base/version C=k8s.io/client-go/pkg/version LD="-s -w"
  for x in gitVersion=v$KV gitMajor=1 gitMinor=$minor gitCommit=$commit gitTreeState=clean buildDate=1970-01-01T00:00:00Z; do
    LD="$LD -X $V.$x -X $C.$x"; done
  for c in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
    nice -n 5 go build -trimpath -ldflags "$LD" -o $BIN/$c k8s.io/kubernetes/cmd/$c
    echo "built $c: $SECONDS s"
  done
  touch $stamp
fi
stamp=$BIN/.etcd-$ETCDV
if [ ! -e $stamp ]; then   # Debian's etcd 3.4.23 is too old: see the pitfalls
  mkdir -p $BED/build/etcd; cd $BED/build/etcd
  printf 'module bedetcd\ngo 1.25.0\nrequire go.etcd.io/etcd/server/v3 v%s\n' $ETCDV >go.mod
  printf 'package main\nimport (\n"os"\n"go.etcd.io/etcd/server/v3/etcdmain"\n)\nfunc main() { etcdmain.Main(os.Args) }\n' >main.go
  CGO_ENABLED=0 nice -n 5 go build -mod=mod -trimpath -ldflags '-s -w' -o $BIN/etcd .
  touch $stamp; echo "built etcd: $SECONDS s"
fi
stamp=$BIN/.kwok-$KWOKV
if [ ! -e $stamp ]; then
  GOBIN=$BIN CGO_ENABLED=0 nice -n 5 go install -trimpath -ldflags '-s -w' sigs.k8s.io/kwok/cmd/kwok@v$KWOKV
  dir=$(cd $BED/build && mkdir -p kwok && cd kwok && { [ -e go.mod ] || go mod init bedkwok; } >/dev/null 2>&1; go mod download -json sigs.k8s.io/kwok@v$KWOKV | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  for f in node/fast/node-initialize node/heartbeat-with-lease/node-heartbeat-with-lease pod/fast/pod-ready pod/fast/pod-delete; do
    cat $dir/kustomize/stage/$f.yaml; echo ---; done >$BIN/kwok-stages.yaml
  touch $stamp; echo "built kwok: $SECONDS s"
fi

# No image of a real Jupyter can be had offline.
stamp=$BIN/.notebook-$NOTEBOOKV
if [ ! -e $stamp ]; then
  CGO_ENABLED=0 nice -n 5 go build -trimpath -ldflags '-s -w' -o $BIN/notebook $here/notebook/main.go; touch $stamp; echo "built notebook: $SECONDS s"
fi
# The broker installs and uninstalls charts with it.
stamp=$BIN/.helm-$HELMV
if [ ! -e $stamp ]; then
  GOBIN=$BIN CGO_ENABLED=0 nice -n 5 go install -trimpath -ldflags '-s -w' helm.sh/helm/v3/cmd/helm@v$HELMV; touch $stamp; echo "built helm: $SECONDS s"
fi

# Images, from busybox-static
mkimage() { # NAME ROOTFS OUT CONFIG: a docker-archive for ctr images import
  local w; w=$(mktemp -d); mkdir $w/l
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C $2 -cf $w/l/layer.tar .
  local sum; sum=$(sha256sum $w/l/layer.tar | cut -d' ' -f1)
  echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"1970-01-01T00:00:00Z\",\"config\":$4,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$sum\"]},\"history\":[{\"created\":\"1970-01-01T00:00:00Z\"}]}" >$w/config.json
  echo "[{\"Config\":\"config.json\",\"RepoTags\":[\"$1\"],\"Layers\":[\"l/layer.tar\"]}]" >$w/manifest.json
  tar -C $w -cf $3 manifest.json config.json l/layer.tar; rm -rf $w
}
if [ ! -e $BED/img/busybox.tar ]; then
  r=$(mktemp -d); mkdir -p $r/{bin,etc,tmp,proc,sys,dev,root,var,mnt}; chmod 755 $r; chmod 1777 $r/tmp; cp /bin/busybox $r/bin/
  for a in $(/bin/busybox --list); do [ $a = busybox ] || ln -s busybox $r/bin/$a; done
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >$r/etc/passwd
  printf 'root:x:0:\nnogroup:x:65534:\n' >$r/etc/group
  mkimage bed.local/busybox:1 $r $BED/img/busybox.tar '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}'
  # tools: as busybox, plus bash and curl with their shared libraries (busybox-static's own wget dies on any name or address look-up)
  mkimage bed.local/pause:1 $r $BED/img/pause.tar '{"Entrypoint":["/bin/tail","-f","/dev/null"],"Env":["PATH=/bin"]}'
  for b in /bin/bash $(command -v curl); do
    cp $b $r/bin/; ldd $b | grep -o '/[^ ]*' | while read -r l; do mkdir -p $r$(dirname $l); cp -Ln $l $r$l; done; done
  mkimage bed.local/tools:1 $r $BED/img/tools.tar '{"Cmd":["/bin/bash"],"Env":["PATH=/bin"]}'
  rm -rf $r
fi
if [ ! -e $BED/img/notebook.tar ]; then
  r=$(mktemp -d); mkdir -p $r/{bin,tmp,proc,sys,dev,etc}; chmod 755 $r; chmod 1777 $r/tmp; cp /bin/busybox $r/bin/; ln -s busybox $r/bin/cp; cp $BIN/notebook $r/bin/
  mkimage bed.local/notebook:1 $r $BED/img/notebook.tar '{"Env":["PATH=/bin"]}'
  rm -rf $r
fi

# What stands before the ways in: Debian's nginx, without installing it here, with the libraries that it needs
if [ ! -e $BED/img/gate.tar ]; then
  r=$(mktemp -d); mkdir -p $r/{etc,tmp,var/log/nginx}; chmod 755 $r; chmod 1777 $r/tmp
  (cd $BED/build && apt-get download -qq nginx 2>>$BED/log/apt.log && dpkg-deb -x nginx_*.deb $r)
  ldd $r/usr/sbin/nginx | grep -o '/[^ ]*' | while read -r l; do mkdir -p $r$(dirname $l); cp -Ln $l $r$l; done
  mkimage bed.local/gate:1 $r $BED/img/gate.tar '{"Env":["PATH=/usr/sbin"]}'
  rm -rf $r
fi
# The definitions of the Gateway API, as it publishes them; no controller of it runs here.
stamp=$BIN/gateway-$GATEWAYV.yaml
if [ ! -e $stamp ]; then
  dir=$(cd $BED/build && mkdir -p gateway && cd gateway && { [ -e go.mod ] || go mod init bedgateway; } >/dev/null 2>&1; go mod download -json sigs.k8s.io/gateway-api@v$GATEWAYV | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  for f in gateways httproutes; do cat $dir/config/crd/standard/gateway.networking.k8s.io_$f.yaml; echo ---; done >$stamp
fi

# Certificates and kubeconfigs
cd $BED/pki
ec() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key 2>/dev/null; chmod 600 $1.key; }
if [ ! -e ca.crt ]; then
  ec ca; openssl req -x509 -new -key ca.key -subj /CN=bed-ca -days 3650 -out ca.crt
  openssl genrsa -out sa.key 2048 2>/dev/null; openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
fi
cert() { # FILE SUBJECT [SAN]
  [ -e $1.crt ] && return
  ec $1; openssl req -new -key $1.key -subj "$2" -out $1.csr
  { echo "keyUsage=digitalSignature,keyEncipherment"; echo "extendedKeyUsage=clientAuth,serverAuth"; echo "basicConstraints=CA:FALSE"
    [ -z "${3:-}" ] || echo "subjectAltName=$3"; } >$1.ext
  openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile $1.ext -out $1.crt 2>/dev/null
}
kubeconfig() { # NAME
  cat >$BED/etc/$1.kubeconfig <<K
apiVersion: v1
kind: Config
clusters: [{name: bed, cluster: {server: "$API", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 $1.crt), client-key-data: $(base64 -w0 $1.key)}}]
contexts: [{name: bed, context: {cluster: bed, user: $1}}]
current-context: bed
K
  chmod 600 $BED/etc/$1.kubeconfig; }
cert apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$GW,IP:${SVCNET%.0/*}.1"
cert kubelet-server /CN=$NODE "DNS:$NODE,DNS:localhost,IP:127.0.0.1,IP:$GW"
cert apiserver-kubelet-client /O=system:masters/CN=apiserver-kubelet-client
cert admin /O=system:masters/CN=admin
cert kcm /CN=system:kube-controller-manager
cert scheduler /CN=system:kube-scheduler
cert kubelet /O=system:nodes/CN=system:node:$NODE
cert proxy /CN=system:kube-proxy
for u in admin kcm scheduler kubelet proxy; do kubeconfig $u; done

# Configurations
cat >$BED/etc/containerd.toml <<C
version = 2
root = "$BED/state/containerd"
state = "$BED/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$BED/run/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$BED/state/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "bed.local/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$BED/etc/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "$BED/run/runc"
C
cat >$BED/etc/cni/10-bed.conflist <<C
{"cniVersion":"0.4.0","name":"bed","plugins":[
 {"type":"bridge","bridge":"$BR","isGateway":true,"ipMasq":false,"hairpinMode":true,
  "ipam":{"type":"host-local","dataDir":"$BED/state/cni","ranges":[[{"subnet":"$PODNET"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true},"snat":false}]}
C
echo "nameserver ${SVCNET%.0/*}.10" >$BED/etc/resolv.conf
cat >$BED/etc/kubelet.yaml <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $GW
healthzBindAddress: 127.0.0.1
tlsCertFile: $BED/pki/kubelet-server.crt
tlsPrivateKeyFile: $BED/pki/kubelet-server.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $BED/pki/ca.crt}}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix://$BED/run/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false          # 1.35: kubelet refuses cgroup v1 without this
failSwapOn: false
oomScoreAdj: 0               # lowering it needs CAP_SYS_RESOURCE
registerNode: true
clusterDomain: cluster.local
clusterDNS: [${SVCNET%.0/*}.10]
resolvConf: $BED/etc/resolv.conf
imageGCHighThresholdPercent: 100   # else local-only images are removed on a full disk
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%, imagefs.inodesFree: 1%}
makeIPTablesUtilChains: false
volumePluginDir: $BED/state/volume-plugins
podLogsDir: $BED/log/pods
syncFrequency: 10s
nodeStatusUpdateFrequency: 5s
C
cat >$BED/etc/proxy.yaml.new <<C
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $BED/etc/proxy.kubeconfig}
hostnameOverride: $NODE
bindAddress: 127.0.0.1
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
mode: iptables
clusterCIDR: $PODNET
iptables: {masqueradeAll: true}
nodePortAddresses: ["127.0.0.0/8", "$GW/32"]
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
C
# It ends itself when this file is written, whatever is written.
cmp -s $BED/etc/proxy.yaml.new $BED/etc/proxy.yaml || cp $BED/etc/proxy.yaml.new $BED/etc/proxy.yaml
# kwok's stages: a fake pod is Running at once and ends after annotation bed/run (default 2s), with exit code bed/exit (default 0)
{ cat <<'C'
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-end}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - {key: '.metadata.deletionTimestamp', operator: DoesNotExist}
    - {key: '.status.phase', operator: In, values: [Running]}
    - {key: '.metadata.ownerReferences.[].kind', operator: In, values: [Job]}
  delay:
    durationMilliseconds: 2000
    durationFrom: {expressionFrom: '.metadata.annotations["bed/run"]'}
  next:
    statusTemplate: |
      {{ $now := Now }}
      {{ $root := . }}
      {{ $code := or (index (or .metadata.annotations dict) "bed/exit") "0" }}
      containerStatuses:
      {{ range $index, $item := .spec.containers }}
      - image: {{ $item.image | Quote }}
        name: {{ $item.name | Quote }}
        ready: false
        restartCount: 0
        started: false
        state:
          terminated:
            exitCode: {{ $code }}
            finishedAt: {{ $now | Quote }}
            reason: {{ if eq $code "0" }}Completed{{ else }}Error{{ end }}
            startedAt: {{ $root.status.startTime | Quote }}
      {{ end }}
      phase: {{ if eq $code "0" }}Succeeded{{ else }}Failed{{ end }}
---
C
  # A session's pod waits for its start, as the container before its payload does on a real node.
  awk -v until='.metadata.annotations["execution-broker/starts"]' 'BEGIN { RS = ORS = "---\n" }
    /name: pod-ready/ { sub(/\n  next:/, "\n  delay:\n    durationMilliseconds: 0\n    durationFrom:\n      expressionFrom: " until "&") } 1' $BIN/kwok-stages.yaml
  printf 'apiVersion: kwok.x-k8s.io/v1alpha1\nkind: ClusterLogs\nmetadata: {name: all}\nspec: {logs: [{logsFile: %s, follow: false}]}\n' $BED/etc/fake.log
} >$BED/etc/kwok.yaml
echo "2026-01-01T00:00:00.000000000Z stdout F a line of a fake pod" >$BED/etc/fake.log
echo "setup done: $SECONDS s"
