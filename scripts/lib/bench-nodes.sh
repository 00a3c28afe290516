# shellcheck shell=bash
# Container to container across two nodes: Weft, the same made by hand with rules, and a bare VXLAN by hand; and without a tunnel Weft and the same by hand.
# Sourced after lab.sh, by scripts/bench.
#
#   weft-a weft-b hand-a hand-b bare-a bare-b direct-a direct-b routed-a routed-b: all on one switch, each with a container "c"; one pair works at a time

BENCH_TCP_SECONDS=3 BENCH_UDP_SECONDS=2 BENCH_ROUND_TRIPS=20000
BENCH_MTU=1450 BENCH_VNI=90

declare -A BENCH_ADDRESS=()     # contender -> address of the container on its node b

# of_container NODE COMMAND...
of_container() {
    local node=$1
    shift
    on "$node" ip netns exec c "$@"
}

# bench_nodes_cni NODE VERB: weft-cni for the node's container.
bench_nodes_cni() {
    printf '{"cniVersion":"1.0.0","name":"weft","type":"weft-cni","socket":"%s/cni.sock"}' "$LAB_RUN" |
        on "$1" env CNI_COMMAND="$2" CNI_CONTAINERID="c-$1" CNI_NETNS=/run/netns/c CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin "$WEFT_OUT/weft-cni"
}

# bench_nodes_weft PAIR DIRECT: Weft on both nodes, with or without a tunnel.
bench_nodes_weft() {
    local node
    for node in "$1-a" "$1-b"; do
        on "$node" sh -c 'mkdir -p /etc/weft && cat >/etc/weft/weftd.yaml' <<<"directRouting: $2"
        lab_weft "$node" --store etcd --etcd-endpoints "$LAB_ETCD"
        on "$node" ip netns add c
        bench_nodes_cni "$node" ADD >/dev/null
    done
    BENCH_ADDRESS[$1]=$(of_container "$1-b" ip -o -4 address show dev eth0 | awk '{ sub("/.*", "", $4); print $4 }')
}

# bench_nodes_hand NODE NUMBER PEER [segment]: a bridge with the container's port, and a routed VXLAN or with "segment" a route; NUMBER and PEER are of the switch.
bench_nodes_hand() {
    local node=$1 number=$2 peer=$3
    on "$node" ip netns add c
    on "$node" sysctl -qw net.ipv4.ip_forward=1
    on "$node" ip -batch - <<-BATCH
		link add br0 type bridge
		address add 10.90.$number.1/24 dev br0
		link set br0 up
		link add p0 mtu $BENCH_MTU type veth peer name eth0 mtu $BENCH_MTU netns c
		link set p0 master br0 up
	BATCH
    if [ "${4:-}" = segment ]; then
        on "$node" ip route add "10.90.$peer.0/24" via "$LAB_SEGMENT4.$peer"
    else
        on "$node" ip -batch - <<-BATCH
			link add vx0 mtu $BENCH_MTU address 02:00:00:00:90:0$number type vxlan id $BENCH_VNI dstport 4789 local $LAB_SEGMENT4.$number nolearning
			link set vx0 up
			neighbour add 10.90.$peer.1 lladdr 02:00:00:00:90:0$peer dev vx0 nud permanent
			route add 10.90.$peer.0/24 via 10.90.$peer.1 dev vx0 onlink
		BATCH
        on "$node" bridge fdb add 02:00:00:00:90:0"$peer" dev vx0 dst "$LAB_SEGMENT4.$peer"
    fi
    of_container "$node" ip -batch - <<-BATCH
		link set lo up
		address add 10.90.$number.2/24 dev eth0
		link set eth0 up
		route add default via 10.90.$number.1
	BATCH
}

# bench_nodes_rules NODE NUMBER PEER [PEER'S NAME]: an isolated port, no false sender, who may reach the container, who may use the tunnel (or, with a name, who may send
# without one), masquerade.
bench_nodes_rules() {
    local node=$1 number=$2 peer=$3 mac arrive leave=''
    mac=$(of_container "$node" cat /sys/class/net/eth0/address 2>/dev/null || of_container "$node" ip -o link show eth0 | sed 's/.*ether \([^ ]*\).*/\1/')
    on "$node" bridge link set dev p0 isolated on
    if [ -n "${4:-}" ]; then
        arrive="iifname \"uplink\" ip saddr 10.90.0.0/16 ether saddr != $(on "$4" ip -o link show uplink | sed 's/.*ether \([^ ]*\).*/\1/') drop
		    iifname \"uplink\" ip saddr 10.90.0.0/16 ip saddr != 10.90.$peer.0/24 drop"
    else
        arrive="udp dport 4789 ip saddr != @nodes drop
		    udp dport 4789 ip saddr $LAB_SEGMENT4.$peer @th,336,32 & 0xffffff00 != 0x0a5a0${peer}00 drop
		    udp dport 4789 notrack"
        leave="chain tunnel_out {
		    type filter hook output priority raw
		    udp dport 4789 notrack
		  }"
    fi
    on "$node" nft -f - <<-NFT
		table bridge hand {
		  chain senders {
		    type filter hook prerouting priority -300
		    iifname != "p0" accept
		    ether saddr != $mac drop
		    ether type arp arp saddr ip != 10.90.$number.2 drop
		    ether type ip ip saddr != 10.90.$number.2 drop
		    ether type ip6 drop
		  }
		}
		table inet hand {
		  set containers { type ipv4_addr; elements = { 10.90.$number.2 } }
		  set nodes { type ipv4_addr; elements = { $LAB_SEGMENT4.$peer } }
		  chain tunnel {
		    type filter hook prerouting priority raw
		    $arrive
		  }
		  $leave
		  chain forward {
		    type filter hook forward priority filter; policy drop
		    ct state established,related accept
		    ct state invalid drop
		    oifname "br0" ip daddr @containers accept
		    iifname "br0" ip saddr @containers accept
		  }
		  chain leave {
		    type nat hook postrouting priority srcnat
		    ip saddr @containers ip daddr != 10.90.0.0/16 masquerade
		  }
		}
	NFT
}

# bench_nodes_one CONTENDER: measures once; prints bit/s, datagrams/s, ns of a round trip and of its 99th percentile.
bench_nodes_one() {
    local a=$1-a b=$1-b to=${BENCH_ADDRESS[$1]} tcp udp sink
    tcp=$(of_container "$a" iperf3 -c "$to" -t $BENCH_TCP_SECONDS -f k | awk '/receiver/ { for (i = 1; i < NF; i++) if ($(i + 1) == "Kbits/sec") print $i * 1000 }')
    of_container "$b" taskset -c 1 "$LAB_DIRECTORY/datagrams" sink "$to" 9 $BENCH_UDP_SECONDS >"$LAB_DIRECTORY/sink" &
    sink=$!
    until_true 10 of_container "$b" sh -c "ss -Huln | grep -q '$to:9 '"
    of_container "$a" taskset -c 0 "$LAB_DIRECTORY/datagrams" flood "$to" 9 $((BENCH_UDP_SECONDS + 1))
    wait $sink
    udp=$(cat "$LAB_DIRECTORY/sink")
    echo "$tcp $udp $(of_container "$a" taskset -c 0 "$LAB_DIRECTORY/datagrams" round-trips "$to" 7 $BENCH_ROUND_TRIPS)"
}

# bench_nodes ROUNDS
bench_nodes() {
    local rounds=$1 round who number=0 line
    local all=(weft hand bare direct routed)
    local order=("${all[@]}")
    lab_start
    gcc -O2 -Wall -o "$LAB_DIRECTORY/datagrams" "$WEFT_ROOT/bench/Nodes/datagrams.c"
    lab_machine wire
    lab_switch wire
    lab_etcd wire
    for who in "${all[@]}"; do
        for node in "$who-a" "$who-b"; do
            number=$((number + 1))
            lab_machine "$node"
            lab_plug "$node" wire $number
        done
    done
    bench_nodes_weft weft false
    bench_nodes_weft direct true
    bench_nodes_hand hand-a 3 4
    bench_nodes_hand hand-b 4 3
    bench_nodes_rules hand-a 3 4
    bench_nodes_rules hand-b 4 3
    bench_nodes_hand bare-a 5 6
    bench_nodes_hand bare-b 6 5
    bench_nodes_hand routed-a 9 10 segment
    bench_nodes_hand routed-b 10 9 segment
    bench_nodes_rules routed-a 9 10 routed-b
    bench_nodes_rules routed-b 10 9 routed-a
    BENCH_ADDRESS[hand]=10.90.4.2 BENCH_ADDRESS[bare]=10.90.6.2 BENCH_ADDRESS[routed]=10.90.10.2
    for who in "${order[@]}"; do
        until_true 20 of_container "$who-a" ping -n -q -c 1 -W 1 "${BENCH_ADDRESS[$who]}" || die "$who: the containers do not reach each other"
        lab_daemon "$who-b" iperf3 ip netns exec c iperf3 -s
        lab_daemon "$who-b" echo ip netns exec c taskset -c 1 "$LAB_DIRECTORY/datagrams" echo "${BENCH_ADDRESS[$who]}" 7
        until_true 10 has_listener "$who-b"
    done
    until_true 20 on direct-a sh -c "ip nexthop | grep -q 'dev uplink'" || die "direct: the nodes use a tunnel"
    for ((round = 0; round <= rounds; round++)); do      # the first one warms up
        for who in "${order[@]}"; do
            line=$(bench_nodes_one "$who") || die "$who: could not be measured"
            [ $round = 0 ] || echo "$round $who $line" >>"$LAB_DIRECTORY/measured"
        done
        order=("${order[@]:1}" "${order[0]}")
    done
    say "container to container over IPv4, $rounds rounds in turns, medians; ratios round by round, more than 1: Weft is better"
    python3 - "$LAB_DIRECTORY/measured" <<-'PYTHON'
		import statistics, sys
		rounds = {}
		for line in open(sys.argv[1]):
		    number, who, *values = line.split()
		    rounds.setdefault(int(number), {})[who] = [float(v) for v in values]
		names = [("TCP, Gbit/s", 1e-9, 1), ("64-byte UDP, 1000/s", 1e-3, 1), ("round trip, us", 1e-3, -1), ("round trip p99, us", 1e-3, -1)]
		columns = ["weft", "hand", "bare", "direct", "routed"]
		titles = ["weft", "by hand", "bare", "weft, no tunnel", "by hand, no tunnel"]
		ratios = [("weft", "hand"), ("weft", "bare"), ("direct", "routed"), ("direct", "bare")]
		print("%-22s" % "" + "".join("%20s" % t for t in titles) + "".join("%16s" % f"{a}/{b}" for a, b in ratios))
		for i, (name, scale, sign) in enumerate(names):
		    of = lambda who: statistics.median(r[who][i] for r in rounds.values()) * scale
		    ratio = lambda one, other: statistics.median((r[one][i] / r[other][i]) ** sign for r in rounds.values())
		    print("%-22s" % name + "".join("%20.2f" % of(c) for c in columns) + "".join("%16.3f" % ratio(a, b) for a, b in ratios))
	PYTHON
}

has_listener() { of_container "$1" sh -c "ss -Htln | grep -q ':5201 ' && ss -Huln | grep -q ':7 '"; }
