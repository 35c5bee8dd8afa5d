#!/usr/bin/env bash
# A container runtime with the Docker API (Podman's service) and a registry on loopback, without systemd and without downloads
# beyond the system's packages. Usage: bed.sh start|stop|env. Repeating either does no harm.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
bed=${EB_BED:-$root/.eb/beds/containers}
registry=127.0.0.1:${EB_BED_REGISTRY_PORT:-5055}
image=$registry/eb-busybox
socket=$bed/podman.sock

say() { echo "bed containers: $*" >&2; }

install_packages() {
  local missing=()
  for tool in podman runc conmon netavark aardvark-dns busybox docker-registry curl iptables; do
    PATH=$PATH:/usr/lib/podman:/usr/libexec/podman:/usr/sbin command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "missing: ${missing[*]}; install them, or set DOCKER_HOST to a running Docker or Podman"
    exit 1
  fi
  say "installing ${missing[*]}"
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends podman runc conmon netavark aardvark-dns busybox-static docker-registry curl iptables >/dev/null
}

# The limits are named because raising one needs a capability that containers of a build machine often lack; runc because crun
# fails on hybrid cgroups.
write_configuration() {
  mkdir -p "$bed/registry"
  cat >"$bed/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
CONF
  printf 'unqualified-search-registries = []\n[[registry]]\nlocation = "%s"\ninsecure = true\n' "$registry" >"$bed/registries.conf"
  printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' >"$bed/policy.json"
  cat >"$bed/registry.yml" <<YML
version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: $bed/registry } }
http: { addr: $registry }
YML
}

podman_() {
  CONTAINERS_CONF=$bed/containers.conf CONTAINERS_REGISTRIES_CONF=$bed/registries.conf podman --root "$bed/storage" --runroot "$bed/run" "$@"
}

answers() { curl -fsS -m 3 "$@" >/dev/null 2>&1; }

wait_for() {
  for _ in $(seq 600); do answers "$@" && return; sleep 0.1; done
  say "no answer: curl $*; see $bed/*.log"
  exit 1
}

runs() { [ -f "$bed/$1.pid" ] && kill -0 "$(cat "$bed/$1.pid")" 2>/dev/null; }

start_services() {
  if ! runs podman; then
    rm -f "$socket"
    CONTAINERS_CONF=$bed/containers.conf CONTAINERS_REGISTRIES_CONF=$bed/registries.conf setsid podman --root "$bed/storage" --runroot "$bed/run" \
      system service --time 0 "unix://$socket" >"$bed/podman.log" 2>&1 </dev/null &
    echo $! >"$bed/podman.pid"
  fi
  if ! runs registry; then
    setsid docker-registry serve "$bed/registry.yml" >"$bed/registry.log" 2>&1 </dev/null &
    echo $! >"$bed/registry.pid"
  fi
  wait_for --unix-socket "$socket" http://d/_ping
  wait_for "http://$registry/v2/"
}

api() { curl -fsS --unix-socket "$socket" "$@"; }

# A root file system with nothing but busybox, imported, pushed, so that pulling by digest is real.
build_image() {
  answers --unix-socket "$socket" "http://d/images/$image:1/json" && [ -n "$(digest 2>/dev/null || true)" ] && return
  rm -rf "$bed/rootfs" && mkdir -p "$bed/rootfs/bin" "$bed/rootfs/tmp" "$bed/rootfs/etc"
  cp "$(command -v busybox)" "$bed/rootfs/bin/busybox"
  for applet in $("$bed/rootfs/bin/busybox" --list); do [ "$applet" = busybox ] || ln -sf busybox "$bed/rootfs/bin/$applet"; done
  echo 'root:x:0:0:root:/:/bin/sh' >"$bed/rootfs/etc/passwd"
  tar -C "$bed/rootfs" -c . | api -X POST -H 'Content-Type: application/x-tar' --data-binary @- 'http://d/images/create?fromSrc=-&repo=localhost/eb-busybox' >/dev/null
  api -X POST "http://d/images/localhost/eb-busybox:latest/tag?repo=$image&tag=1" >/dev/null
  api -X POST "http://d/images/$image:1/push" | grep -v '"error"' >/dev/null || { say 'the image can not be pushed'; exit 1; }
}

digest() {
  curl -fsSI -H 'Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/eb-busybox/manifests/1" |
    tr -d '\r' | awk 'tolower($1) == "docker-content-digest:" { print $2 }'
}

start() {
  install_packages
  write_configuration
  start_services
  build_image
  [ -n "$(digest)" ] || { say "the registry has no digest of $image:1"; exit 1; }
  { echo "DOCKER_HOST=unix://$socket"; echo "EB_BED_IMAGE=$image"; echo "EB_BED_DIGEST=$(digest)"; } >"$bed/env"
  cat "$bed/env"
}

stop() {
  [ -d "$bed" ] || return 0
  command -v podman >/dev/null && { podman_ rm -af -t 0; podman_ volume rm -af; podman_ network prune -f; } >/dev/null 2>&1 || true
  for service in podman registry; do
    if runs "$service"; then kill "$(cat "$bed/$service.pid")"; fi
  done
  for _ in $(seq 100); do runs podman || runs registry || break; sleep 0.1; done
  umount "$bed/storage/overlay" 2>/dev/null || true
  rm -rf "$bed"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  env) cat "$bed/env" ;;
  *) echo "usage: bed.sh start|stop|env" >&2; exit 2 ;;
esac
