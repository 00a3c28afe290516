# shellcheck shell=bash
# What the chapters of scripts/demo are told with. Sourced after lab.sh.

checks=0 failures=()

step() { printf '\n== %s\n' "$*"; }
show() { sed 's/^/     /'; }

# check SENTENCE COMMAND...: runs the command; the sentence is true when it succeeds.
check() {
    local sentence=$1 output
    shift
    checks=$((checks + 1))
    if output=$("$@" 2>&1); then
        printf '  ok   %s\n' "$sentence"
    else
        printf '  FAIL %s\n' "$sentence"
        printf '%s\n' "\$ $*" "$output" | show
        failures+=("$sentence")
    fi
}

# answers EXPECTED COMMAND...: the command prints exactly this.
answers() {
    local expected=$1 actual
    shift
    actual=$("$@") || { echo "exit code $?"; return 1; }
    [ "$actual" = "$expected" ] || { echo "expected '$expected', got '$actual'"; return 1; }
}

# has TEXT COMMAND...: the command prints this somewhere.
has() {
    local text=$1 output
    shift
    output=$("$@") || { echo "exit code $?"; return 1; }
    [[ $output == *"$text"* ]] || { echo "no '$text' in:"; echo "$output"; return 1; }
}

# lacks TEXT COMMAND...: the command succeeds without printing this.
lacks() {
    local text=$1 output
    shift
    output=$("$@") || { echo "exit code $?"; return 1; }
    [[ $output != *"$text"* ]] || { echo "still '$text' in:"; echo "$output"; return 1; }
}

weft() { lab_ask node "$@"; }

# address NODE CONTAINER 4|6: its global address on eth0.
address() { inside "$1" "$2" ip -o -"$3" address show dev eth0 | awk '/scope global/ { sub("/.*", "", $4); print $4; exit }'; }

# fetches PAGE HOST[/PATH]|URL COMMAND...: the command (how to run something in a container or on the node) gets exactly this page.
# Debian's busybox crashes on `wget -T`, so `timeout` sets the limit.
fetches() {
    local page=$1 url=$2
    shift 2
    case $url in http://*) url=${url#http://} ;; *:*/*) url="[${url%%/*}]/${url#*/}" ;; *:*) url="[$url]/" ;; esac
    answers "$page" "$@" timeout 10 "$(image_busybox)" wget -q -O - "http://$url"
}


# Below: weft-cni called by hand, as a runtime does it, for containers that are nothing but a network namespace.

# configuration KEYS [NAME]: what a runtime writes to the plugin's standard input; KEYS are further ones, as JSON.
configuration() { printf '{ "cniVersion": "1.1.0", "name": "%s", "type": "weft-cni"%s }\n' "${2:-demo}" "${1:+, $1}"; }

# cni VERB CONTAINER CONFIGURATION [CNI_ARGS]: prints the plugin's answer.
cni() {
    printf '%s\n' "$3" | on node env CNI_COMMAND="$1" CNI_CONTAINERID="$2" CNI_NETNS="$DEMO_CONTAINERS/$2" CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin \
        CNI_ARGS="${4:-}" /opt/cni/bin/weft-cni 2>/dev/null
}

# Not by `ip netns`: it mounts /run/netns over itself, and containerd could no longer remove its pods' namespaces there.
DEMO_CONTAINERS=/run/lab/containers
# shellcheck disable=SC2016  # expanded by the shell inside
container() { on node sh -c 'mkdir -p "$1" && : >"$1/$2" && unshare --net="$1/$2" true' - "$DEMO_CONTAINERS" "$1"; }
container_remove() { on node umount "$DEMO_CONTAINERS/$1" && on node rm "$DEMO_CONTAINERS/$1"; }

# attach CONTAINER CONFIGURATION [CNI_ARGS]: makes an empty container and attaches it. The result is kept for CHECK.
attach() {
    container "$1"
    cni ADD "$@" >"$LAB_DIRECTORY/$1.result" && return
    cat "$LAB_DIRECTORY/$1.result"
    return 1
}

# detach CONTAINER CONFIGURATION: DEL, then the container is gone.
detach() { cni DEL "$1" "$2" && container_remove "$1"; }

# within CONTAINER COMMAND...: runs a command in such a container.
within() {
    local container=$1
    shift
    on node nsenter --net="$DEMO_CONTAINERS/$container" -- "$@"
}

# refused CODE TEXT COMMAND...: the plugin says no, with this code and a message that has this text. refusal shows what it said.
refused() {
    local code=$1 text=$2 answer
    shift 2
    ! answer=$("$@") || { echo "it succeeded: $answer"; return 1; }
    printf '%s\n' "$answer" >"$LAB_DIRECTORY/refusal"
    [[ $answer == *"\"code\":$code,"*"$text"* ]] || { echo "no code $code with '$text' in: $answer"; return 1; }
}

# refusal: code, message and details of the last one.
refusal() { sed 's/.*"code":\([0-9]*\),"msg":"\(.*\)"}$/code \1: \2/; s/","details":"/; /; s/\\"/"/g' "$LAB_DIRECTORY/refusal"; }

# rate CONTAINER [-R]: bit/s that one TCP flow of two seconds gets to the world, or with -R from it.
rate() {
    local container=$1
    shift
    within "$container" iperf3 -c "$LAB_WORLD4" -t 2 -f k "$@" | awk '/receiver/ { for (i = 1; i < NF; i++) if ($(i + 1) == "Kbits/sec") print $i * 1000 }'
}

# around MEASURED LIMIT: at most a tenth above the limit, and at least half of it.
around() { awk -v m="${1:-0}" -v l="$2" 'BEGIN { exit !(m <= 1.1 * l && m >= 0.5 * l) }' || { echo "measured $1 bit/s, the limit is $2 bit/s"; return 1; }; }

megabits() { awk -v m="${1:-0}" 'BEGIN { printf "%.1f Mbit/s", m / 1e6 }'; }
