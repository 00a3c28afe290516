# shellcheck shell=bash
# The demo's chapter of two nodes that share an etcd. Sourced after demo.sh.
#
#   east                                wire                           west
#   +------------------------------+   +---------------------------+   +------------------------------+
#   | weftd, containerd: anna, ada |---| a switch, etcd            |---| weftd, containerd: bert      |
#   | 198.51.100.1  2001:db8:2::1  |   | .254        no way to     |   | 198.51.100.2  2001:db8:2::2  |
#   +------------------------------+   |             containers    |   +------------------------------+
#                                      +---------------------------+

DEMO_STORE=(--store etcd --etcd-endpoints "$LAB_ETCD")

# serve NAME: what a container runs: a page, and one that tells who asks.
serve() {
    # shellcheck disable=SC2016  # expanded by the shell inside
    printf 'mkdir -p /www/cgi-bin && echo "I am %s" >/www/index.html && %s && chmod 0755 /www/cgi-bin/from && exec httpd -f -p "[::]:80" -h /www' "$1" \
        'printf "#!/bin/sh\necho Content-Type: text/plain\necho\necho \$REMOTE_ADDR\n" >/www/cgi-bin/from'
}

# network_of NODE CONTAINER COMMAND...: a program of the node, in the container's network namespace.
network_of() {
    local node=$1 pid
    pid=$(on "$1" ctr task ls | awk -v name="$2" '$1 == name { print $2 }')
    shift 2
    on "$node" nsenter --net="/proc/$pid/ns/net" -- "$@"
}

curl_in() { network_of "$1" "$2" curl -s -m 10 "$3"; }

nodes_reach() {
    local anna4 anna6 bert4 bert6
    anna4=$(address east anna 4) anna6=$(address east anna 6) bert4=$(address west bert 4) bert6=$(address west bert 6)
    check "anna pings bert over IPv4" inside east anna ping -c 1 -W 5 "$bert4"
    check "anna pings bert over IPv6" inside east anna ping6 -c 1 -W 5 "$bert6"
    check "curl in anna fetches bert's page over IPv4" answers "I am bert" curl_in east anna "http://$bert4/"
    check "curl in anna fetches bert's page over IPv6" answers "I am bert" curl_in east anna "http://[$bert6]/"
    check "curl in bert fetches anna's page over IPv4" answers "I am anna" curl_in west bert "http://$anna4/"
    check "curl in bert fetches anna's page over IPv6" answers "I am anna" curl_in west bert "http://[$anna6]/"
}

demo_nodes() {
    local bert4 bert6 anna4 anna6 ada4 machine pings lost
    step "Two nodes on one switch, and an etcd that both know"
    for machine in wire east west; do
        lab_machine $machine
    done
    lab_switch wire
    lab_plug east wire 1
    lab_plug west wire 2
    lab_etcd wire
    lab_snapshot east >"$LAB_DIRECTORY/east-before"
    lab_snapshot west >"$LAB_DIRECTORY/west-before"
    say "     weftd ${DEMO_STORE[*]}"
    lab_weft east "${DEMO_STORE[@]}"
    lab_weft west "${DEMO_STORE[@]}"
    lab_containerd east
    lab_containerd west
    check "east knows both nodes" has west lab_ask east get nodes
    lab_ask east get nodes | show

    step "A container on each, by 'ctr run --cni'"
    lab_run east anna "$(serve anna)"
    lab_run west bert "$(serve bert)"
    anna4=$(address east anna 4) anna6=$(address east anna 6) bert4=$(address west bert 4) bert6=$(address west bert 6)
    say "     anna  on east  $anna4  $anna6"
    say "     bert  on west  $bert4  $bert6"
    check "east has a way to bert's block" until_true 10 has weft1x on east ip route get "$bert4"
    check "west has a way to anna's block" until_true 10 has weft1x on west ip route get "$anna4"
    on east ip -d link show weft1x | sed -n '1p; s/^ *\(vxlan id .*\) srcport.*/\1/p' | show
    on east ip route show | grep weft1x | show
    nodes_reach
    check "bert sees anna's own address, no node's, over IPv4" has "$anna4" curl_in east anna "http://$bert4/cgi-bin/from"
    check "bert sees anna's own address, no node's, over IPv6" has "$anna6" curl_in east anna "http://[$bert6]/cgi-bin/from"

    step "A weftd is replaced while a ping a hundredth of a second crosses the overlay"
    network_of east anna ping -n -q -c 300 -i 0.01 "$bert4" >"$LAB_DIRECTORY/pings" 2>&1 &
    pings=$!
    check "west's weftd stops" lab_daemon_stop west weftd
    lab_weftd west "${DEMO_STORE[@]}"
    wait $pings || true
    lost=$(sed -n 's/.*, \([0-9]*\)% packet loss.*/\1/p' "$LAB_DIRECTORY/pings")
    check "no packet of 300 was lost" answers 0 echo "$lost"

    step "etcd is away"
    check "etcd stops" lab_daemon_stop wire etcd
    check "east says so" until_true 30 has "away" lab_ask east status
    lab_ask east status | grep -i away | show
    nodes_reach
    lab_run east ada "$(serve ada)"
    ada4=$(address east ada 4)
    say "     ada   on east  $ada4"
    check "a new container on east has an address of east's block, and fetches bert's page" answers "I am bert" curl_in east ada "http://$bert4/"
    lab_etcd wire
    check "etcd is back, and east says so" until_true 60 lacks "away" lab_ask east status

    step "The two nodes are emptied again"
    check "ctr kills and removes anna" lab_remove east anna
    check "ctr kills and removes ada" lab_remove east ada
    check "ctr kills and removes bert" lab_remove west bert
    for machine in east west; do
        check "$machine: containerd stops" lab_daemon_stop $machine containerd
        check "$machine: weftd stops" lab_daemon_stop $machine weftd
        check "$machine: 'weftd cleanup' takes away what weftd made" on $machine "$WEFT_OUT/weftd" cleanup --state-dir $LAB_STATE --run-dir $LAB_RUN
        lab_snapshot $machine >"$LAB_DIRECTORY/$machine-after"
        check "$machine: links, addresses, routes, rules and neighbours are as before" diff "$LAB_DIRECTORY/$machine-before" "$LAB_DIRECTORY/$machine-after"
        check "$machine: no nf_tables rule is left" answers "" on $machine nft list ruleset
    done
}
