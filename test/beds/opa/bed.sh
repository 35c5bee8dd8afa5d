#!/usr/bin/env bash
# A real Open Policy Agent on loopback with the example bundle of deploy/examples/opa. Built once from its Go module (100 s), kept in
# EB_CACHE. Usage: bed.sh start|stop|env. Repeating either does no harm.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
# Where there is none. Go wants one too.
export HOME=${HOME:-$root/.eb}
bed=${EB_BED:-$root/.eb/beds/opa}
cache=${EB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/execution-broker}
port=${EB_BED_PORT:-8181}
version=v1.22.0
opa=$cache/opa-$version

say() { echo "bed opa: $*" >&2; }

build() {
  [ -x "$opa" ] && return
  command -v go >/dev/null || { say "neither opa nor go is here; put opa $version at $opa"; exit 1; }
  say "building opa $version"
  mkdir -p "$cache/bin"
  GOBIN=$cache/bin nice go install "github.com/open-policy-agent/opa@$version"
  mv "$cache/bin/opa" "$opa"
}

is_up() { curl -fsS -o /dev/null "http://127.0.0.1:$port/health" 2>/dev/null; }

variables() { echo "EB_BED_OPA=http://127.0.0.1:$port"; echo "EB_BED_OPA_PROGRAM=$opa"; }

start() {
  build
  mkdir -p "$bed"
  variables >"$bed/env"
  if is_up; then say "is up already"; return; fi
  "$opa" run --server --addr "127.0.0.1:$port" --log-level error "$root/deploy/examples/opa/authz.rego" "$root/deploy/examples/opa/data.json" >"$bed/opa.log" 2>&1 &
  echo $! >"$bed/opa.pid"
  for _ in $(seq 600); do is_up && return; sleep 0.1; done
  say "does not answer; see $bed/opa.log"
  exit 1
}

# Only the process that was started here: its identifier may be another's by now.
stop() {
  local pid
  pid=$(cat "$bed/opa.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$(readlink -f "$opa")" ]; then kill "$pid" 2>/dev/null || true; fi
  rm -f "$bed/opa.pid"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  env) variables ;;
  *) echo "usage: bed.sh start|stop|env" >&2; exit 2 ;;
esac
