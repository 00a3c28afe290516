# shellcheck shell=bash
# What every script here needs: where the repository is, how to speak, and what the machine must have.
# Sourced, never run. Callers have already set `set -euo pipefail`.

WEFT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck disable=SC2034  # both are read by the scripts that source this file
WEFT_OUT=$WEFT_ROOT/out
# shellcheck disable=SC2034
WEFT_PROGRAMS=(weft-cni weftd weft)

# Nothing phones home, nothing asks, and no build server outlives the script: one that did would hold the
# script's output open and keep whoever reads it waiting.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
export DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true DEBIAN_FRONTEND=noninteractive
# Debian leaves these out of the PATH of a plain `su`.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say()  { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
die()  { printf '%s: %s\n' "$(basename "$0")" "$1" >&2; shift; for line in "$@"; do printf '  %s\n' "$line" >&2; done; exit 1; }

# need_root WHY: stops unless the caller is root.
need_root() {
    [ "$(id -u)" = 0 ] || die "this must run as root: $1" "run it again as: sudo $0"
}

# need_packages WHY PACKAGE=PROBE...: installs by apt the packages whose probe (a command, or an absolute path) is missing.
need_packages() {
    local why=$1 entry probe missing=()
    shift
    for entry in "$@"; do
        probe=${entry#*=}
        case $probe in
            /*) [ -e "$probe" ] || missing+=("${entry%%=*}") ;;
            *)  command -v "$probe" >/dev/null || missing+=("${entry%%=*}") ;;
        esac
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        die "missing: ${missing[*]} ($why)" \
            "This machine has no apt-get. Install these with its own package manager (the names are Debian's), then run $0 again."
    fi
    if [ "$(id -u)" != 0 ]; then
        die "missing: ${missing[*]} ($why)" "install them as root: apt-get install --no-install-recommends ${missing[*]}" "or run as: sudo $0"
    fi
    say "Installing with apt: ${missing[*]} ($why)"
    local log
    log=$(mktemp)
    # A fresh machine has no package lists, an old one stale lists: fetch them only when the first attempt fails.
    if ! apt_install "${missing[@]}" >"$log" 2>&1 && ! { apt-get -q update && apt_install "${missing[@]}"; } >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "apt could not install: ${missing[*]}" "read the lines above; the machine must reach its apt mirror"
    fi
    rm -f "$log"
}

# Packages that start a service on installation must not do so here: policy-rc.d answers 101, "not allowed".
apt_install() {
    local policy=/usr/sbin/policy-rc.d made='' status=0
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 0755 $policy
        made=1
    fi
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" </dev/null || status=$?
    [ -z "$made" ] || rm -f $policy
    return $status
}

# need_dotnet: puts a .NET SDK that global.json accepts on the PATH, or says which one is missing.
need_dotnet() {
    local wanted directory
    wanted=$(sed -n 's/.*"version": *"\([0-9.]*\)".*/\1/p' "$WEFT_ROOT/global.json")
    if ! command -v dotnet >/dev/null; then
        for directory in "${DOTNET_ROOT:-}" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet "${HOME:-/root}/.dotnet"; do
            if [ -n "$directory" ] && [ -x "$directory/dotnet" ]; then
                export DOTNET_ROOT=$directory PATH=$directory:$PATH
                break
            fi
        done
    fi
    command -v dotnet >/dev/null || die ".NET SDK not found: Weft is built with $wanted or a later patch of it" \
        "install the package dotnet-sdk-10.0, as https://learn.microsoft.com/dotnet/core/install/linux describes for this distribution" \
        "installed already? put its directory on the PATH, or name it in DOTNET_ROOT (sudo drops both: sudo -E keeps them)"
    (cd "$WEFT_ROOT" && dotnet --version >/dev/null 2>&1) || die \
        "no fitting .NET SDK: global.json asks for $wanted or a later patch, installed here: $(dotnet --list-sdks | cut -d' ' -f1 | xargs echo)" \
        "install a newer dotnet-sdk-10.0, as https://learn.microsoft.com/dotnet/core/install/linux describes for this distribution"
}

need_linux() {
    [ "$(uname -s)" = Linux ] || die "Weft runs on Linux only; this is $(uname -s)"
}

# until_true SECONDS COMMAND...: polls until the command succeeds; fails when the time is over.
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.05
    done
}
