# shellcheck shell=bash
# Machines made of namespaces. Sourced after common.sh and image.sh.
#
#   node                                       world
#   +---------------------------------+       +-------------------------------+
#   | weftd, containerd, containers   |       | 203.0.113.10  2001:db8:ffff::10  (on lo)
#   | uplink 192.0.2.2                |-veth--| 192.0.2.1                     |
#   |        2001:db8:1::2            |       | 2001:db8:1::1   httpd, ping   |
#   +---------------------------------+       +-------------------------------+
#
# Or several nodes on one switch (lab_switch, lab_plug): 198.51.100.NUMBER, 2001:db8:2::NUMBER.
# Each is a network, mount and process namespace with its own /run, /var/lib, /etc and /opt. Its process 1 dies with
# this script, however the script ends, and takes with it every process, link, rule and mount inside: nothing outside changes.

declare -A LAB_KEEPER=() LAB_INIT=()    # machine -> `unshare` that keeps it, its process 1 (both as seen from here)
LAB_DIRECTORY=''
LAB_CGROUP=weft-lab-$$

LAB_WORLD4=203.0.113.10 LAB_WORLD6=2001:db8:ffff::10
LAB_UPLINK4=192.0.2.2 LAB_UPLINK6=2001:db8:1::2
LAB_SEGMENT4=198.51.100 LAB_SEGMENT6=2001:db8:2:   # of lab_switch: what stands before .NUMBER and :NUMBER
LAB_ETCD=http://$LAB_SEGMENT4.254:2379
LAB_IMAGE=weft.test/busybox:1 LAB_PAUSE=weft.test/pause:1
LAB_RUN=/run/weft LAB_STATE=/var/lib/weft

lab_packages() {
    need_packages "to make machines out of namespaces and run containers in them" \
        containerd=containerd runc=runc containernetworking-plugins=/usr/lib/cni/loopback busybox-static=/usr/share/doc/busybox-static \
        iproute2=ip nftables=nft util-linux=nsenter procps=ps binutils=readelf
}

# lab_start: call once; removes everything when the script ends.
lab_start() {
    LAB_DIRECTORY=$(mktemp -d "${TMPDIR:-/tmp}/weft-lab.XXXXXX")
    trap lab_stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

lab_stop() {
    local status=$? machine
    trap '' INT TERM HUP
    for machine in "${!LAB_KEEPER[@]}"; do
        lab_machine_stop "$machine"
    done
    lab_remove_cgroups
    [ -z "$LAB_DIRECTORY" ] || rm -rf "$LAB_DIRECTORY"
    exit $status
}

# lab_machine NAME: starts an empty machine.
lab_machine() {
    local name=$1 ready=$LAB_DIRECTORY/$1.ready keeper
    # setpriv: the kernel kills `unshare` when this script dies, even by SIGKILL; --kill-child passes that on to process 1.
    setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
        "$WEFT_ROOT/scripts/lib/lab-init" "$ready" "weft-lab-$name" </dev/null >"$LAB_DIRECTORY/$name.log" 2>&1 &
    keeper=$!
    disown $keeper
    LAB_KEEPER[$name]=$keeper
    if ! until_true 20 test -e "$ready"; then
        cat "$LAB_DIRECTORY/$name.log" >&2
        die "the namespaces of '$name' did not come up" "root needs CAP_SYS_ADMIN and CAP_NET_ADMIN here (in a container: --privileged)"
    fi
    read -r "LAB_INIT[$name]" <"/proc/$keeper/task/$keeper/children" || [ -n "${LAB_INIT[$name]}" ]
    LAB_INIT[$name]=${LAB_INIT[$name]// /}
}

# lab_machine_stop NAME: kills all its processes and waits until process 1, the last to go, is gone.
lab_machine_stop() {
    local keeper=${LAB_KEEPER[$1]:-} init=${LAB_INIT[$1]:-}
    [ -n "$keeper" ] || return 0
    kill -KILL "$keeper" 2>/dev/null || true
    [ -z "$init" ] || until_true 20 lab_gone "$init" || note "machine $1 did not go away (process $init)"
    unset "LAB_KEEPER[$1]" "LAB_INIT[$1]"
}

lab_gone() { ! [ -e "/proc/$1" ]; }

# on MACHINE COMMAND...: runs a command there.
on() {
    local init=${LAB_INIT[$1]}
    shift
    nsenter -t "$init" -m -n -p --wd=/ -- "$@"
}

# lab_daemon MACHINE NAME COMMAND...: starts a background program there; its output goes to $LAB_DIRECTORY/MACHINE.NAME.log.
lab_daemon() {
    local machine=$1 name=$2
    shift 2
    # shellcheck disable=SC2016  # expanded by the shell inside
    on "$machine" setsid sh -c 'echo $$ >"/run/lab/$0.pid"; exec "$@"' "$name" "$@" </dev/null >>"$LAB_DIRECTORY/$machine.$name.log" 2>&1 &
    disown $!
    until_true 10 on "$machine" test -s "/run/lab/$name.pid" || die "$name did not start on $machine" "see $LAB_DIRECTORY/$machine.$name.log"
}

# lab_daemon_stop MACHINE NAME: SIGTERM, and waits until it is gone. Fails after 20 seconds.
lab_daemon_stop() {
    local pid
    pid=$(on "$1" cat "/run/lab/$2.pid")
    on "$1" kill -TERM "$pid" || true
    until_true 20 lab_daemon_gone "$1" "$pid" || return 1
    on "$1" rm -f "/run/lab/$2.pid"
}

lab_daemon_gone() { ! on "$1" kill -0 "$2" 2>/dev/null; }

lab_daemon_pid() { on "$1" cat "/run/lab/$2.pid"; }

# lab_join NODE WORLD: gives the node an uplink to the world, and the world its addresses. The world has no route to
# containers: it answers only what arrives with the node's own address.
lab_join() {
    local node=${LAB_INIT[$1]} world=${LAB_INIT[$2]}
    nsenter -t "$node" -n ip link add uplink type veth peer name node netns "$world"
    on "$1" ip -batch - <<-BATCH
		link set uplink addrgenmode none
		address add $LAB_UPLINK4/24 dev uplink
		address add $LAB_UPLINK6/64 dev uplink nodad
		link set uplink up
		route add default via 192.0.2.1
		route add default via 2001:db8:1::1
	BATCH
    on "$2" ip -batch - <<-BATCH
		link set node addrgenmode none
		address add 192.0.2.1/24 dev node
		address add 2001:db8:1::1/64 dev node nodad
		address add $LAB_WORLD4/32 dev lo
		address add $LAB_WORLD6/128 dev lo nodad
		link set node up
	BATCH
}

# lab_switch WIRE: makes the machine a switch for others, itself at number 254.
lab_switch() {
    on "$1" ip -batch - <<-BATCH
		link add segment type bridge mcast_snooping 0
		link set segment addrgenmode none
		address add $LAB_SEGMENT4.254/24 dev segment
		address add $LAB_SEGMENT6:254/64 dev segment nodad
		link set segment up
	BATCH
}

# lab_plug NODE WIRE NUMBER: gives the node an uplink to the switch. Its default route leads there, and nothing answers behind it.
lab_plug() {
    nsenter -t "${LAB_INIT[$1]}" -n ip link add uplink type veth peer name "$1" netns "${LAB_INIT[$2]}"
    on "$1" ip -batch - <<-BATCH
		link set uplink addrgenmode none
		address add $LAB_SEGMENT4.$3/24 dev uplink
		address add $LAB_SEGMENT6:$3/64 dev uplink nodad
		link set uplink up
		route add default via $LAB_SEGMENT4.254
		route add default via $LAB_SEGMENT6:254
	BATCH
    on "$2" ip link set "$1" addrgenmode none master segment up
}

# lab_etcd WIRE: starts etcd there, for every node of the switch.
lab_etcd() {
    lab_daemon "$1" etcd etcd --data-dir /var/lib/etcd --listen-client-urls $LAB_ETCD --advertise-client-urls $LAB_ETCD \
        --listen-peer-urls http://127.0.0.1:2380
    until_true 20 on "$1" sh -c "curl -s $LAB_ETCD/health | grep -q true" ||
        { tail -n 20 "$LAB_DIRECTORY/$1.etcd.log" >&2; die "etcd does not answer on $1" "its last lines are above"; }
}

# lab_world_serve WORLD: HTTP on port 80; /cgi-bin/from answers with the address the request came from.
lab_world_serve() {
    # shellcheck disable=SC2016  # expanded by the CGI program
    on "$1" sh -c 'mkdir -p /run/www/cgi-bin && cat >/run/www/cgi-bin/from && chmod 0755 /run/www/cgi-bin/from' <<-'CGI'
		#!/bin/sh
		printf 'Content-Type: text/plain\r\n\r\n'
		echo "$REMOTE_ADDR" | sed 's,[][],,g; s,^::ffff:,,'
	CGI
    lab_daemon "$1" httpd "$(image_busybox)" httpd -f -p '[::]:80' -h /run/www
    until_true 10 on "$1" "$(image_busybox)" wget -q -O /dev/null "http://$LAB_WORLD4/cgi-bin/from" || die "the world's web server does not answer"
}

# lab_containerd NODE: starts Debian's containerd there and gives it the images.
lab_containerd() {
    local node=$1 namespace file
    on "$node" sh -c 'mkdir -p /etc/containerd && cat >/etc/containerd/config.toml' <<-TOML
		version = 2
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$LAB_PAUSE"
		  restrict_oom_score_adj = true
		  disable_apparmor = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/opt/cni/bin"
		    conf_dir = "/etc/cni/net.d"
		    max_conf_num = 1
		  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		    runtime_type = "io.containerd.runc.v2"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		      SystemdCgroup = false
	TOML
    # containerd's CRI runs the loopback plugin for each pod and does not start without it.
    on "$node" ln -sf /usr/lib/cni/loopback /opt/cni/bin/loopback
    lab_daemon "$node" containerd containerd
    until_true 30 on "$node" ctr version || { tail -n 20 "$LAB_DIRECTORY/$node.containerd.log" >&2; die "containerd does not answer on $node"; }
    image_write "$LAB_DIRECTORY/busybox.tar" $LAB_IMAGE /bin/sh
    image_write "$LAB_DIRECTORY/pause.tar" $LAB_PAUSE /bin/sleep 2147483647
    for namespace in default k8s.io; do
        for file in busybox pause; do
            on "$node" ctr -n $namespace image import "$LAB_DIRECTORY/$file.tar" >/dev/null
        done
    done
}

# lab_run NODE NAME SCRIPT: a container by `ctr run --cni`, running a shell script. ctr stays beside it in the background: with -d,
# Debian's ctr (1.6) would never call the plugin's DEL.
lab_run() {
    lab_daemon "$1" "ctr-$2" ctr run --rm --cni --cgroup "/$LAB_CGROUP/$2" $LAB_IMAGE "$2" /bin/sh -c "$3"
    until_true 20 lab_task_runs "$1" "$2" || { cat "$LAB_DIRECTORY/$1.ctr-$2.log" >&2; die "container $2 does not start on $1"; }
}

# inside NODE CONTAINER COMMAND...: runs a command in a container started by lab_run.
inside() {
    local node=$1 container=$2
    shift 2
    on "$node" ctr task exec --exec-id "exec-$RANDOM$RANDOM" "$container" "$@"
}

# lab_remove NODE NAME: kills a container of lab_run. Its ctr then runs the plugin's DEL and removes it.
lab_remove() {
    local client
    client=$(lab_daemon_pid "$1" "ctr-$2")
    on "$1" ctr task kill -s SIGKILL "$2" || return 1
    until_true 20 lab_daemon_gone "$1" "$client" || return 1
    ! grep -i error "$LAB_DIRECTORY/$1.ctr-$2.log" || return 1
}

lab_task_runs() { on "$1" ctr task ls | awk -v name="$2" '$1 == name && $3 == "RUNNING" { found = 1 } END { exit !found }'; }

# lab_weft NODE [OPTION]...: installs the programs of out/ there and starts weftd with these options.
lab_weft() {
    local node=$1
    shift
    on "$node" install -m 0755 "$WEFT_OUT/weft-cni" /opt/cni/bin/weft-cni
    on "$node" sh -c 'cat >/etc/cni/net.d/10-weft.conflist' <"$WEFT_ROOT/packaging/10-weft.conflist"
    lab_weftd "$node" "$@"
}

# lab_weftd NODE [OPTION]...: starts weftd and waits until it answers.
lab_weftd() {
    local node=$1
    shift
    lab_daemon "$node" weftd "$WEFT_OUT/weftd" --node "$node" --state-dir $LAB_STATE --run-dir $LAB_RUN "$@"
    until_true 20 lab_ask "$node" status || {
        tail -n 20 "$LAB_DIRECTORY/$node.weftd.log" >&2
        die "weftd does not answer on $node" "its last lines are above"
    }
}

# lab_ask NODE ARGUMENT...: what the node's weft answers.
lab_ask() {
    local node=$1
    shift
    on "$node" "$WEFT_OUT/weft" --socket $LAB_RUN/weftd.sock "$@"
}

# lab_cri NODE ARGUMENT...: the CRI client of the tests, against the node's containerd.
lab_cri() {
    local node=$1
    shift
    on "$node" env DOTNET_EnableDiagnostics=0 dotnet "$WEFT_ROOT/tests/CriClient/bin/Release/net10.0/CriClient.dll" \
        --socket /run/containerd/containerd.sock --cgroup-parent "/$LAB_CGROUP" "$@"
}

# cgroups are not namespaced here: remove the (empty) ones that containers were put into.
lab_remove_cgroups() {
    local directory
    while read -r directory; do
        find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done < <(find /sys/fs/cgroup -maxdepth 3 -type d -name "$LAB_CGROUP*" 2>/dev/null)
}

# network_snapshot: what a machine has in its network, one thing a line, without counters and lifetimes: equal before
# and after means that nothing was left behind.
network_snapshot() {
    ip -o link show | sed 's/ \+qlen.*//; s/\\.*link/ link/'
    ip -o address show | sed 's/ *valid_lft.*//; s/\\//g'
    ip -4 route show table all
    # The kernel answers for subnet-router anycast addresses while IPv6 forwarding is on, and cleanup leaves that switch as it is.
    ip -6 route show table all | sed '/^anycast/d; s/ expires [^ ]*//'
    ip rule show
    ip -6 rule show
    ip nexthop show
    ip neighbour show nud permanent
    nft list tables
    ls /run/netns 2>/dev/null || true
    grep ' nsfs ' /proc/self/mountinfo | cut -d' ' -f5 || true
}

# lab_snapshot NODE: network_snapshot there.
lab_snapshot() {
    on "$1" bash -c "$(declare -f network_snapshot); network_snapshot"
}
