# shellcheck shell=bash
# One weftd among thousands of nodes that are nothing but records in etcd. Sourced after lab.sh, by scripts/bench.
#
#   scale: weftd and the bench      wire: the switch and etcd

# bench_scale OPTION...: of bench/Scale.
bench_scale() {
    lab_start
    lab_machine wire
    lab_switch wire
    lab_etcd wire
    lab_machine scale
    lab_plug scale wire 1
    on scale env DOTNET_EnableDiagnostics=0 dotnet "$WEFT_ROOT/bench/Scale/bin/Release/net10.0/Scale.dll" --programs "$WEFT_OUT" --etcd $LAB_ETCD "$@"
}
