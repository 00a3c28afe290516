# shellcheck shell=bash
# A container image without a registry: Debian's static busybox, laid out as `docker save` lays images out.
# Sourced after common.sh.

# image_architecture: this machine's name in image configurations.
image_architecture() {
    case $(uname -m) in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) uname -m ;;
    esac
}

# image_write FILE REFERENCE COMMAND...: writes a docker-archive for `ctr image import`.
# Two layouts of one archive are equal byte for byte: entries are sorted, owned by root and dated 0.
image_write() {
    local file=$1 reference=$2 work applet layer config command='' argument
    shift 2
    work=$(mktemp -d)
    mkdir -p "$work/root/"{bin,etc,proc,sys,dev,run,tmp} "$work/image"
    cp "$(image_busybox)" "$work/root/bin/busybox"
    for applet in $("$work/root/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$work/root/bin/$applet"
    done
    printf 'root:x:0:0:root:/:/bin/sh\n' >"$work/root/etc/passwd"
    printf 'root:x:0:\n' >"$work/root/etc/group"
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/root" -cf "$work/image/layer.tar" .
    layer=$(sha256sum "$work/image/layer.tar" | cut -d' ' -f1)
    for argument in "$@"; do
        command+=${command:+,}\"$argument\"
    done
    printf '{"architecture":"%s","os":"linux","config":{"Cmd":[%s],"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created_by":"weft"}]}' \
        "$(image_architecture)" "$command" "$layer" >"$work/config"
    config=$(sha256sum "$work/config" | cut -d' ' -f1).json
    mv "$work/config" "$work/image/$config"
    printf '[{"Config":"%s","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$config" "$reference" >"$work/image/manifest.json"
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/image" -cf "$file" "$config" layer.tar manifest.json
    rm -rf "$work"
}

# image_busybox: the static busybox's path (Debian's busybox package is dynamic, and would not run in an empty root).
image_busybox() {
    local candidate
    for candidate in /bin/busybox /usr/bin/busybox; do
        if [ -x $candidate ] && ! readelf -lW $candidate | grep -q INTERP; then
            echo $candidate
            return
        fi
    done
    die "no static busybox" "install the package busybox-static"
}
