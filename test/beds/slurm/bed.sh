#!/usr/bin/env bash
# A real Slurm on loopback, without systemd: munge, slurmctld, four nodes of eight cores and two pretended GPUs, users alice and bob,
# and an image for Charliecloud. Usage (as root): bed.sh start|stop|env. Repeating either does no harm.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
bed=${EB_BED:-$root/.eb/beds/slurm}
nodes=${EB_BED_NODES:-4}
port=${EB_BED_PORT:-6817}
host=$(hostname -s)
export SLURM_CONF=$bed/etc/slurm.conf
PATH=$PATH:/usr/sbin:/sbin

say() { echo "bed slurm: $*" >&2; }

install_packages() {
  local missing=()
  for tool in munged slurmctld slurmd sbatch ch-run busybox; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || { say "missing: ${missing[*]}"; exit 1; }
  say "installing ${missing[*]}"
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins charliecloud busybox-static >/dev/null
}

make_folders() {
  local user node gpu
  for user in alice bob; do id "$user" >/dev/null 2>&1 || useradd -m -s /bin/bash "$user"; done
  mkdir -p "$bed"/{etc,run,log,state,spool,dev,scratch,munge/sock,munge/priv}
  chmod 755 "$root/.eb" "$root/.eb/beds" 2>/dev/null || true
  chmod 755 "$bed" "$bed"/*
  chown slurm:slurm "$bed"/{run,log,state,spool}
  for node in $(seq "$nodes"); do mkdir -p "$bed/spool/n$node"; done
  # GPUs must be devices; these are two more names of /dev/null.
  for gpu in 0 1; do [ -e "$bed/dev/gpu$gpu" ] || mknod "$bed/dev/gpu$gpu" c 1 3; done
  # munged refuses a folder whose parents belong to anybody but root and itself.
  [ -s "$bed/munge/priv/munge.key" ] || head -c 128 /dev/urandom >"$bed/munge/priv/munge.key"
  chown -R munge:munge "$bed/munge"
  chmod 755 "$bed/munge" "$bed/munge/sock"; chmod 700 "$bed/munge/priv"; chmod 600 "$bed/munge/priv/munge.key"
}

# No control groups: limits of memory and cores are only accounts here, which is what a broker's tests want.
write_configuration() {
  cat >"$SLURM_CONF" <<CONF
ClusterName=bed
SlurmctldHost=$host(127.0.0.1)
SlurmUser=slurm
SlurmdUser=root
SlurmctldPort=$port
SlurmctldPidFile=$bed/run/slurmctld.pid
SlurmdPidFile=$bed/run/slurmd.%n.pid
SlurmctldLogFile=$bed/log/slurmctld.log
SlurmdLogFile=$bed/log/slurmd.%n.log
StateSaveLocation=$bed/state
SlurmdSpoolDir=$bed/spool/%n
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$bed/munge/sock/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,bf_resolution=1,sched_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
SlurmctldTimeout=10
SlurmdTimeout=30
InactiveLimit=0
MinJobAge=300
KillWait=2
JobRequeue=0
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
DefMemPerCPU=1000
EnforcePartLimits=ALL
GresTypes=gpu
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
CONF
  local node
  for node in $(seq "$nodes"); do
    echo "NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 10200 + node)) CPUs=8 Boards=1 SocketsPerBoard=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=16384 TmpDisk=1000 Gres=gpu:fake:2 State=UNKNOWN"
  done >>"$SLURM_CONF"
  echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=7-00:00:00 DefaultTime=00:10:00 State=UP" >>"$SLURM_CONF"
  echo "PartitionName=short Nodes=n[1-2] MaxTime=01:00:00 State=UP" >>"$SLURM_CONF"
  echo "NodeName=n[1-$nodes] Name=gpu Type=fake File=$bed/dev/gpu[0-1]" >"$bed/etc/gres.conf"
}

build_image() {
  local image=$bed/images/busybox applet
  [ -e "$image/bin/sh" ] && return
  mkdir -p "$image"/{bin,dev,proc,sys,tmp,etc,home,mnt,root,run,var,data}
  cp "$(command -v busybox)" "$image/bin/busybox"
  for applet in sh echo id ls sleep cat env true; do ln -sf busybox "$image/bin/$applet"; done
  cp /etc/hosts /etc/resolv.conf "$image/etc/"
  echo 'root:x:0:0::/:/bin/sh' >"$image/etc/passwd"; echo 'root:x:0:' >"$image/etc/group"
  chmod -R a+rX "$bed/images"
}

# A daemon that nobody has waited for is a zombie: its number still answers, its work is over.
alive() { [ -s "$1" ] && [ -d "/proc/$(cat "$1")" ] && ! grep -q '^State:.Z' "/proc/$(cat "$1")/status" 2>/dev/null; }

wait_for() { for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; say "timeout: $*; see $bed/log"; exit 1; }
nodes_are_idle() { [ "$(sinfo -h -N -p main -t idle,mix,alloc -o %N | wc -l)" = "$nodes" ]; }

start_services() {
  local node
  alive "$bed/munge/sock/munged.pid" || runuser -u munge -- munged --socket="$bed/munge/sock/socket" --key-file="$bed/munge/priv/munge.key" \
    --pid-file="$bed/munge/sock/munged.pid" --log-file="$bed/munge/priv/munged.log" --seed-file="$bed/munge/priv/munged.seed" --num-threads=4
  alive "$bed/run/slurmctld.pid" || slurmctld -f "$SLURM_CONF"
  for node in $(seq "$nodes"); do alive "$bed/run/slurmd.n$node.pid" || slurmd -f "$SLURM_CONF" -N "n$node"; done
  wait_for nodes_are_idle
}

start() {
  [ "$(id -u)" = 0 ] || { say 'needs root: jobs run as several users'; exit 1; }
  install_packages
  make_folders
  [ -s "$SLURM_CONF" ] || write_configuration
  build_image
  start_services
  { echo "SLURM_CONF=$SLURM_CONF"; echo "EB_BED_SCRATCH=$bed/scratch"; echo "EB_BED_IMAGES=$bed/images"; } >"$bed/env"
  cat "$bed/env"
}

end() {
  local file pid
  for file in "$@"; do
    alive "$file" || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 100); do alive "$file" || break; sleep 0.1; done
    alive "$file" && kill -9 "$pid" 2>/dev/null
  done
  return 0
}

# Jobs first: a node that is stopped leaves its jobs running. Nodes before the controller: without it they take long to end.
stop() {
  [ -d "$bed" ] || return 0
  if alive "$bed/run/slurmctld.pid"; then
    timeout 10 scancel --state=PENDING || true
    timeout 10 scancel --state=RUNNING || true
    for _ in $(seq 50); do [ -z "$(timeout 10 squeue -h 2>/dev/null)" ] && break; sleep 0.1; done
  fi
  end "$bed"/run/slurmd.*.pid
  end "$bed/run/slurmctld.pid"
  end "$bed/munge/sock/munged.pid"
  rm -rf "$bed"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  env) cat "$bed/env" ;;
  *) echo "usage: bed.sh start|stop|env" >&2; exit 2 ;;
esac
