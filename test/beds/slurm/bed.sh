#!/usr/bin/env bash
# A real Slurm on loopback, without systemd: munge, slurmctld, slurmdbd with MariaDB, slurmrestd, four nodes of eight cores and two
# pretended GPUs, users alice and bob, images for Charliecloud and Podman; and a second, smaller one that runs wholly as alice. Nothing of
# it lies below the checkout, which its users may not be able to enter. Usage (as root): bed.sh start|stop|env. Repeating either does no
# harm. As an ordinary user, with the packages installed, only the second one is made.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${EB_BED_CHECKOUT:-$(cd "$here/../../.." && pwd)}
bed=${EB_BED:-/var/lib/execution-broker/beds/slurm}
nodes=${EB_BED_NODES:-4}
cpus=${EB_BED_CPUS:-8}
port=${EB_BED_PORT:-6817}
own=${EB_BED_OWN:-/var/lib/execution-broker/beds/slurm-own}
host=$(hostname -s)
export SLURM_CONF=$bed/etc/slurm.conf
PATH=$PATH:/usr/sbin:/sbin

say() { echo "bed slurm: $*" >&2; }

install_packages() {
  local missing=() tool
  for tool in munged slurmctld slurmd sbatch slurmrestd slurmdbd mariadbd ch-run podman newuidmap busybox sshd; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  ls /usr/lib/*/slurm-wlm/auth_jwt.so >/dev/null 2>&1 || missing+=(auth_jwt)
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || { say "missing: ${missing[*]}"; exit 1; }
  say "installing ${missing[*]}"
  apt-get update -qq >/dev/null
  # A run level in which no package starts its service.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    munge slurmctld slurmd slurm-client slurmrestd slurmdbd slurm-wlm-basic-plugins slurm-wlm-jwt-plugin slurm-wlm-mysql-plugin \
    mariadb-server charliecloud podman uidmap busybox-static openssh-server openssh-client >/dev/null
}

make_folders() {
  local user node gpu
  id restd >/dev/null 2>&1 || useradd -r -s /usr/sbin/nologin -d /nonexistent restd
  for user in alice bob; do id "$user" >/dev/null 2>&1 || useradd -m -s /bin/bash "$user"; done
  mkdir -p "$bed"/{etc,run,log,state,spool,jwt,rest,dev,scratch,munge/sock,munge/priv}
  chmod 755 "$(dirname "$(dirname "$bed")")" "$(dirname "$bed")" "$bed" "$bed"/*
  chown slurm:slurm "$bed"/{run,log,state,spool,jwt}; chown restd:restd "$bed/rest"
  for node in $(seq "$nodes"); do mkdir -p "$bed/spool/n$node"; done
  # GPUs must be devices; these are two more names of /dev/null.
  for gpu in 0 1; do [ -e "$bed/dev/gpu$gpu" ] || mknod "$bed/dev/gpu$gpu" c 1 3; done
  make_keys
  chown slurm:slurm "$bed/jwt/key"
  # munged refuses a folder whose parents belong to anybody but root and itself.
  chown -R munge:munge "$bed/munge"
  chmod 755 "$bed/munge" "$bed/munge/sock"; chmod 700 "$bed/munge/priv"; chmod 600 "$bed/munge/priv/munge.key"
}

make_keys() {
  [ -s "$bed/munge/priv/munge.key" ] || head -c 128 /dev/urandom >"$bed/munge/priv/munge.key"
  [ -s "$bed/jwt/key" ] || head -c 32 /dev/urandom >"$bed/jwt/key"
  chmod 600 "$bed/jwt/key" "$bed/munge/priv/munge.key"
}

# $1: SlurmUser, $2: SlurmdUser, $3: GPU devices. No control groups: limits of memory and cores are only accounts here, which is what a
# broker's tests want.
write_configuration() {
  cat >"$SLURM_CONF" <<CONF
ClusterName=bed
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$1
SlurmdUser=$2
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
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$bed/jwt/key
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
CONF
  local node
  for node in $(seq "$nodes"); do
    echo "NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 10200 + node)) CPUs=$cpus Boards=1 SocketsPerBoard=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=$((cpus * 2048)) TmpDisk=1000 Gres=gpu:fake:2 State=UNKNOWN"
  done >>"$SLURM_CONF"
  echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=7-00:00:00 DefaultTime=00:10:00 State=UP" >>"$SLURM_CONF"
  echo "PartitionName=short Nodes=n[1-2] MaxTime=01:00:00 State=UP" >>"$SLURM_CONF"
  echo "NodeName=n[1-$nodes] Name=gpu Type=fake File=$3" >"$bed/etc/gres.conf"
}

# The munge socket reaches slurmdbd only as AccountingStoragePass.
write_accounting() {
  cat >>"$SLURM_CONF" <<CONF
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$((port + 2))
AccountingStoragePass=$bed/munge/sock/socket
AccountingStorageTRES=gres/gpu,gres/gpu:fake
AccountingStoreFlags=job_comment
CONF
  cat >"$bed/etc/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$bed/munge/sock/socket
CommunicationParameters=NoInAddrAny
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((port + 2))
SlurmUser=slurm
PidFile=$bed/run/slurmdbd.pid
LogFile=$bed/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((port + 6489))
StorageUser=slurm
StoragePass=bedpass
StorageLoc=slurm_acct_db
CONF
  chown slurm:slurm "$bed/etc/slurmdbd.conf"; chmod 600 "$bed/etc/slurmdbd.conf"
}

build_image() {
  local image=$bed/images/busybox applet
  [ -e "$image/bin/sh" ] && return
  mkdir -p "$image"/{bin,dev,proc,sys,tmp,etc,home,mnt,root,run,var,data}
  cp "$(command -v busybox)" "$image/bin/busybox"
  for applet in sh echo id ls sleep cat env true httpd; do ln -sf busybox "$image/bin/$applet"; done
  cp /etc/hosts /etc/resolv.conf "$image/etc/"
  echo 'root:x:0:0::/:/bin/sh' >"$image/etc/passwd"; echo 'root:x:0:' >"$image/etc/group"
  chmod -R a+rX "$bed/images"
  load_podman
}

# Where Podman keeps what runs: a short path, for sockets lie below it, and one of this bed's own. Accounts are put behind it.
podman_runs() { echo "/tmp/eb-bed-podman-$(cksum <<<"$bed" | cut -d' ' -f1)"; }

# A storage for each account, on this host, with the image: in its namespace an account can't use what belongs to another one.
load_podman() {
  local user
  for user in alice bob; do
    install -d -o "$user" -g "$user" -m 700 "$bed/podman/$user"
    tar -C "$bed/images/busybox" -c . | (cd "$bed/podman/$user" && runuser -u "$user" -- env -i PATH="$PATH" HOME="$bed/podman/$user" USER="$user" podman \
      --cgroup-manager=cgroupfs --storage-driver=overlay --root="$bed/podman/$user/storage" --runroot="$(podman_runs)-$user" \
      --tmpdir="$(podman_runs)-$user/libpod" import - localhost/bed/busybox:1 >/dev/null 2>"$bed/log/podman-$user.log") || say "podman can't import images as $user here: $(tail -n 1 "$bed/log/podman-$user.log")"
  done
}

# A daemon that nobody has waited for is a zombie: its number still answers, its work is over.
alive() { [ -s "$1" ] && [ -d "/proc/$(cat "$1")" ] && ! grep -q '^State:.Z' "/proc/$(cat "$1")/status" 2>/dev/null; }

wait_for() { for _ in $(seq 900); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; say "timeout: $*; see $bed/log"; exit 1; }
# A mark behind a node's state, as in `idle*`, says that it does not answer yet.
nodes_are_usable() { [ "$(sinfo -h -N -p main -o %T | grep -cxE 'idle|mixed|allocated')" = "$nodes" ]; }
# It numbers jobs in the accounting from then on; scontrol waits for that.
controller_is_accounted() { [ -n "$(sacctmgr -n -P show cluster bed format=ControlHost)" ]; }
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_munge() {
  alive "$bed/munge/sock/munged.pid" || "$@" munged --socket="$bed/munge/sock/socket" --key-file="$bed/munge/priv/munge.key" \
    --pid-file="$bed/munge/sock/munged.pid" --log-file="$bed/munge/priv/munged.log" --seed-file="$bed/munge/priv/munged.seed" --num-threads=4
}

start_accounting() {
  local sql="$bed/mysql/sock"
  mkdir -p "$bed/mysql"; chown mysql:mysql "$bed/mysql"
  [ -d "$bed/mysql/files" ] || mariadb-install-db --no-defaults --user=mysql --datadir="$bed/mysql/files" --auth-root-authentication-method=socket --skip-test-db >"$bed/log/mariadb-install.log" 2>&1
  if ! alive "$bed/mysql/pid"; then
    setsid mariadbd --no-defaults --user=mysql --datadir="$bed/mysql/files" --socket="$sql" --pid-file="$bed/mysql/pid" --bind-address=127.0.0.1 \
      --port=$((port + 6489)) --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 </dev/null >"$bed/log/mariadb.log" 2>&1 &
  fi
  wait_for mariadb-admin --no-defaults --socket="$sql" ping
  mariadb --no-defaults --socket="$sql" -e "create database if not exists slurm_acct_db; create user if not exists 'slurm'@'127.0.0.1' identified by 'bedpass';
    create user if not exists 'slurm'@'localhost' identified by 'bedpass'; grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1'; grant all on slurm_acct_db.* to 'slurm'@'localhost';"
  alive "$bed/run/slurmdbd.pid" || slurmdbd
  wait_for port_answers $((port + 2))
  sacctmgr -n list cluster format=cluster | grep -qw bed && return
  { sacctmgr -i -Q add cluster bed; sacctmgr -i -Q add account stars Description=stars Organization=bed; } >&2
  { sacctmgr -i -Q add user alice Account=stars; sacctmgr -i -Q add user bob Account=stars; } >&2
}

start_slurm() {
  local node
  alive "$bed/run/slurmctld.pid" || slurmctld -f "$SLURM_CONF"
  for node in $(seq "$nodes"); do alive "$bed/run/slurmd.n$node.pid" || slurmd -f "$SLURM_CONF" -N "n$node"; done
  wait_for nodes_are_usable
}

# $1: its interfaces (those of accounting are fatal without slurmdbd), then whom it is run as: never root. With SLURM_JWT in its environment
# it speaks only tokens to the controller.
start_rest() {
  local interfaces=$1
  shift
  alive "$bed/run/slurmrestd.pid" && return
  SLURM_JWT=daemon setsid "$@" slurmrestd -f "$SLURM_CONF" -s "$interfaces" -a rest_auth/jwt "127.0.0.1:$((port + 3))" </dev/null >"$bed/log/slurmrestd.log" 2>&1 &
  echo $! >"$bed/run/slurmrestd.pid"
  wait_for port_answers $((port + 3))
}

start() {
  if [ "$(id -u)" != 0 ]; then start_own; tell "$(id -un)"; return; fi
  install_packages
  make_folders
  if [ ! -s "$SLURM_CONF" ]; then write_configuration slurm root "$bed/dev/gpu[0-1]"; write_accounting; fi
  build_image
  start_munge runuser -u munge --
  start_accounting
  start_slurm
  wait_for controller_is_accounted
  start_rest openapi/v0.0.38,openapi/dbv0.0.38 setpriv --reuid restd --regid restd --clear-groups env
  # The script itself may lie where alice can't read it.
  install -m 755 "${BASH_SOURCE[0]}" "$bed/bed.sh"
  install -d -o alice -g alice -m 755 "$own"
  runuser -u alice -- env -i PATH="$PATH" HOME="$(getent passwd alice | cut -d: -f6)" EB_BED_CHECKOUT=/nonexistent EB_BED="$bed" EB_BED_OWN="$own" EB_BED_PORT="$port" bash "$bed/bed.sh" start-own >/dev/null
  tell alice
}

# Everything as the one who calls: munge, controller, nodes, jobs.
start_own() {
  bed=$own nodes=2 port=$((port + 1000)) SLURM_CONF=$own/etc/slurm.conf
  mkdir -p "$bed"/{etc,run,log,state,spool/n1,spool/n2,jwt,scratch,munge/sock,munge/priv}
  make_keys
  [ -s "$SLURM_CONF" ] || write_configuration "$(id -un)" "$(id -un)" /dev/null,/dev/zero
  start_munge env
  start_slurm
  start_rest openapi/v0.0.38 env
}

# What the suites need to know, where tools/live.mjs looks for it.
tell() {
  local file=$root/.eb/beds/slurm/env
  mkdir -p "$(dirname "$file")"
  {
    if [ "$(id -u)" = 0 ]; then
      echo "SLURM_CONF=$SLURM_CONF"; echo "EB_BED_SCRATCH=$bed/scratch"; echo "EB_BED_IMAGES=$bed/images"; echo "EB_BED_PODMAN_RUNS=$(podman_runs)"
      echo "EB_BED_REST=http://127.0.0.1:$((port + 3))"; echo "EB_BED_KEY=$bed/jwt/key"
    fi
    echo "EB_BED_OWN_CONF=$own/etc/slurm.conf"; echo "EB_BED_OWN_SCRATCH=$own/scratch"; echo "EB_BED_OWN_USER=$1"
  } >"$file"
  cat "$file"
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
stop_one() {
  [ -d "$bed/etc" ] || return 0
  if alive "$bed/run/slurmctld.pid"; then
    timeout 10 scancel --state=PENDING || true
    timeout 10 scancel --state=RUNNING || true
    for _ in $(seq 50); do [ -z "$(timeout 10 squeue -h 2>/dev/null)" ] && break; sleep 0.1; done
  fi
  end "$bed/run/slurmrestd.pid" "$bed"/run/slurmd.*.pid
  end "$bed/run/slurmctld.pid"
  end "$bed/run/slurmdbd.pid"
  end "$bed/mysql/pid"
  end "$bed/munge/sock/munged.pid"
  rm -rf "$bed" "$(podman_runs)"-*
}

stop() {
  (bed=$own SLURM_CONF=$own/etc/slurm.conf; stop_one)
  [ "$(id -u)" != 0 ] || stop_one
  rm -rf "$root/.eb/beds/slurm"
}

case "${1:-}" in
  start) start ;;
  start-own) start_own ;;
  stop) stop ;;
  env) cat "$root/.eb/beds/slurm/env" ;;
  *) echo "usage: bed.sh start|stop|env" >&2; exit 2 ;;
esac
