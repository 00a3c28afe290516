namespace Weft.Scripts.Tests;

/// <summary>scripts/install in a machine made of namespaces.</summary>
public sealed class InstallTests
{
    // All files of the directories that an installation may touch, with mode, size and target.
    private const string Inventory =
        """find /etc /opt /usr/local /run /var/lib -path /run/lab -prune -o -printf '%p %M %l\n' 2>/dev/null | sort""";

    private static Finished OnMachine(string script) => Shell.Lab($$"""
        lab_machine node
        lab_machine world
        lab_join node world
        on node bash -euc '
        inventory() { {{Inventory.Replace("'", "'\\''", StringComparison.Ordinal)}}; }
        fails() { if "$@"; then echo "unexpectedly true: $*"; exit 1; fi; }    # set -e ignores a plain "!"
        install={{Repository.Root}}/scripts/install
        {{script.Replace("'", "'\\''", StringComparison.Ordinal)}}
        '
        """);

    private static void Succeeds(Finished run) => Assert.True(run.ExitCode == 0, run.All);

    [SkippableFact]
    public void Removing_what_was_installed_leaves_no_file()
    {
        Requires.Root();
        Requires.BuiltPrograms();
        Succeeds(OnMachine("""
            inventory >/run/lab/before
            $install --no-start
            for file in /usr/local/bin/weftd /usr/local/bin/weft /opt/cni/bin/weft-cni; do test -x $file; done
            for file in /etc/cni/net.d/10-weft.conflist /etc/weft/weftd.yaml /etc/systemd/system/weftd.service; do test -s $file; done
            grep -q "^ExecStart=/usr/local/bin/weftd " /etc/systemd/system/weftd.service
            $install --remove
            inventory >/run/lab/after
            diff /run/lab/before /run/lab/after
            """));
    }

    [SkippableFact]
    public void Removing_it_with_a_container_attached_leaves_no_process_link_rule_route_or_file()
    {
        Requires.Root();
        Requires.BuiltPrograms();
        Succeeds(OnMachine("""
            # The kernel adds anycast routes of its own while IPv6 forwarding is on, which stays on: others may rely on it.
            network() { ip -o link | cut -d" " -f2; { ip route show table all; ip -6 route show table all; } | grep -v ^anycast; ip rule; nft list ruleset; }
            inventory >/run/lab/before
            network >/run/lab/network-before
            $install --no-start
            /usr/local/bin/weftd --config /etc/weft/weftd.yaml >/run/lab/weftd.log 2>&1 &
            for i in $(seq 200); do
                ! /usr/local/bin/weft status >/run/lab/status 2>&1 || break
                sleep 0.1
            done
            cat /run/lab/status /run/lab/weftd.log
            ip netns add pod
            CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/pod CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin \
                /opt/cni/bin/weft-cni <<<"{\"cniVersion\":\"1.0.0\",\"name\":\"weft\",\"type\":\"weft-cni\"}"
            ip -n pod -o link show eth0
            $install --remove
            fails ip -n pod -o link show eth0
            ip netns delete pod
            fails pgrep -x weftd
            network >/run/lab/network-after
            diff /run/lab/network-before /run/lab/network-after
            inventory >/run/lab/after
            diff /run/lab/before /run/lab/after
            """));
    }

    [SkippableFact]
    public void Installing_again_keeps_what_somebody_edited_and_replaces_programs()
    {
        Requires.Root();
        Requires.BuiltPrograms();
        Succeeds(OnMachine("""
            $install --no-start
            echo "# mine" >>/etc/weft/weftd.yaml
            echo old >/opt/cni/bin/weft-cni
            $install --no-start
            grep -q "^# mine" /etc/weft/weftd.yaml
            test "$(head -c 4 /opt/cni/bin/weft-cni | tail -c 3)" = ELF
            """));
    }

    [SkippableFact]
    public void Removing_keeps_a_configuration_that_somebody_edited_and_says_so()
    {
        Requires.Root();
        Requires.BuiltPrograms();
        Succeeds(OnMachine("""
            $install --no-start
            echo "# mine" >>/etc/weft/weftd.yaml
            $install --remove | tee /run/lab/said
            grep -q "kept.*/etc/weft/weftd.yaml" /run/lab/said
            grep -q "^# mine" /etc/weft/weftd.yaml
            fails test -e /usr/local/bin/weftd
            fails test -e /etc/weft/installed
            """));
    }

    [SkippableFact]
    public void Removing_with_keep_state_keeps_state_and_configuration()
    {
        Requires.Root();
        Requires.BuiltPrograms();
        Succeeds(OnMachine("""
            $install --no-start
            mkdir -p /var/lib/weft
            echo kept >/var/lib/weft/mark
            $install --remove --keep-state
            test -e /var/lib/weft/mark
            test -e /etc/weft/weftd.yaml
            fails test -e /usr/local/bin/weftd
            $install --no-start
            $install --remove
            fails test -e /var/lib/weft
            fails test -e /etc/weft
            """));
    }

    [SkippableFact]
    public void A_package_root_is_filled_without_touching_the_machine()
    {
        Requires.Root();
        Requires.BuiltPrograms();
        Succeeds(OnMachine("""
            inventory >/run/lab/before
            DESTDIR=/run/lab/package $install --prefix /usr
            inventory >/run/lab/after
            diff /run/lab/before /run/lab/after
            test -x /run/lab/package/usr/bin/weftd
            grep -q "^ExecStart=/usr/bin/weftd " /run/lab/package/etc/systemd/system/weftd.service
            DESTDIR=/run/lab/package $install --prefix /usr --remove
            test -z "$(find /run/lab/package -type f)"
            """));
    }

    [SkippableFact]
    public void Files_of_others_in_the_same_directories_stay()
    {
        Requires.Root();
        Requires.BuiltPrograms();
        Succeeds(OnMachine("""
            echo other >/etc/cni/net.d/99-other.conflist
            echo other >/opt/cni/bin/loopback
            $install --no-start
            $install --remove
            grep -q other /etc/cni/net.d/99-other.conflist
            grep -q other /opt/cni/bin/loopback
            """));
    }
}
