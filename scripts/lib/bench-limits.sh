# shellcheck shell=bash
# What one TCP flow gets through a bandwidth limit. Sourced after lab.sh, by scripts/bench.

BENCH_SECONDS=8
BENCH_ABSURD=4294967295     # the burst that containerd sends with every limit, in bits

# bench_limits_cni VERB RATE INGRESS: weft-cni for the container, with a limit of RATE bit/s in one direction.
bench_limits_cni() {
    local verb=$1 rate=$2 direction=$3
    # The plugin reads its configuration from standard input.
    printf '{"cniVersion":"1.0.0","name":"weft","type":"weft-cni","socket":"%s/cni.sock","runtimeConfig":{"bandwidth":{"%sRate":%s,"%sBurst":%s}}}' \
        "$LAB_RUN" "$direction" "$rate" "$direction" $BENCH_ABSURD |
        on node env CNI_COMMAND="$verb" CNI_CONTAINERID=limited CNI_NETNS=/run/netns/limited CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin "$WEFT_OUT/weft-cni"
}

# bench_limits_flow FAMILY [-R]: one flow; prints bit/s that arrived in the first second, and in the seconds after it.
bench_limits_flow() {
    local address=$LAB_WORLD4
    [ "$1" = 4 ] || address=$LAB_WORLD6
    shift
    # Small blocks: a block counts when it is whole. The receiver's account: what the sender says counts what waits in its own socket.
    on node ip netns exec limited iperf3 -c "$address" -t $BENCH_SECONDS -i 1 -l 8K -J --get-server-output "$@" >"$LAB_DIRECTORY/flow.json"
    python3 - "$LAB_DIRECTORY/flow.json" "${1:-}" <<-'PYTHON'
		import json, sys
		flow = json.load(open(sys.argv[1]))
		side = flow if sys.argv[2] == "-R" else flow["server_output_json"]
		spans = [i["sum"] for i in side["intervals"]]
		rest = [s for s in spans[1:] if s["seconds"] > 0.9]
		print("%.0f %.0f" % (8 * spans[0]["bytes"] / spans[0]["seconds"], 8 * sum(s["bytes"] for s in rest) / sum(s["seconds"] for s in rest)))
	PYTHON
}

bench_limits() {
    local rate direction family reverse first rest
    lab_start
    lab_machine node
    lab_machine world
    lab_join node world
    lab_weft node
    lab_daemon world iperf3 iperf3 -s -J
    on node ip netns add limited
    say "one TCP flow of $BENCH_SECONDS s, data without headers as it arrives, burst asked for: $BENCH_ABSURD bits"
    printf '%12s  %-9s %-6s %16s %16s\n' "limit Mbit/s" direction family "1st second, %" "then, % of limit"
    for rate in 10000000 100000000 1000000000; do
        for direction in ingress egress; do
            reverse=()
            [ $direction = egress ] || reverse=(-R)
            bench_limits_cni ADD $rate $direction >/dev/null
            for family in 4 6; do
                read -r first rest < <(bench_limits_flow $family "${reverse[@]}")
                awk -v l=$rate -v d=$direction -v f=$family -v a="$first" -v b="$rest" \
                    'BEGIN { printf "%12d  %-9s IPv%-3s %16.1f %16.1f\n", l / 1e6, d, f, 100 * a / l, 100 * b / l }'
            done
            bench_limits_cni DEL $rate $direction
        done
    done
}
