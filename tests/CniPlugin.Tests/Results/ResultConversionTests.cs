using System.Net;
using System.Text.Json;
using CsCheck;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Results;

namespace Weft.CniPlugin.Tests.Results;

/// <summary>What any plugin may have written survives being read and written again, in every version.</summary>
public sealed class ResultConversionTests
{
    private static readonly Gen<IPAddress> SomeAddress =
        Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Where(static b => b.Length == 4 || !new IPAddress(b).IsIPv4MappedToIPv6).Select(static b => new IPAddress(b));

    private static readonly Gen<string> SomeText = Gen.String[Gen.Char[' ', '~'], 0, 12];

    private static readonly Gen<uint?> SomeNumber = Gen.OneOf(Gen.Const((uint?)null), Gen.UInt.Select(static n => (uint?)n));

    private static readonly Gen<ResultInterface> SomeInterface = Gen.Select(SomeText, SomeText, SomeText, Gen.UInt, SomeText, SomeText,
        static (name, mac, sandbox, mtu, socket, pci) => new ResultInterface(name, mac, sandbox, mtu) { SocketPath = socket, PciId = pci });

    private static readonly Gen<ResultAddress> SomeResultAddress = Gen.Select(SomeAddress, Gen.Int[0, 32], Gen.OneOf(Gen.Const((IPAddress?)null), SomeAddress.Select(static a => (IPAddress?)a)),
        Gen.OneOf(Gen.Const((int?)null), Gen.Int[0, 9].Select(static i => (int?)i)), static (address, length, gateway, index) => new ResultAddress(address, length, gateway, index));

    private static readonly Gen<ResultRoute> SomeRoute = Gen.Select(
        Gen.Select(SomeAddress, Gen.Int[0, 32], Gen.OneOf(Gen.Const((IPAddress?)null), SomeAddress.Select(static a => (IPAddress?)a))),
        SomeNumber, SomeNumber, SomeNumber, SomeNumber,
        static (r, mtu, mss, priority, table) => new ResultRoute(r.Item1, r.Item2, r.Item3) { Mtu = mtu, AdvertisedMss = mss, Priority = priority, Table = table, Scope = mtu });

    private static readonly Gen<DnsSettings> SomeDns = Gen.Select(SomeText.List[0, 2], SomeText, SomeText.List[0, 2], SomeText.List[0, 2],
        static (servers, domain, search, options) => new DnsSettings(servers, domain, search, options));

    private static readonly Gen<CniResult> SomeResult = Gen.Select(SomeInterface.List[0, 4], SomeResultAddress.List[0, 4], SomeRoute.List[0, 4], SomeDns,
        static (interfaces, addresses, routes, dns) => new CniResult(interfaces, addresses, routes, dns));

    private static readonly Gen<CniVersion> SomeVersion = Gen.OneOf(Enum.GetValues<CniVersion>());

    [Fact]
    public void Writing_reading_and_writing_again_changes_no_byte() =>
        Gen.Select(SomeResult, SomeVersion).Sample(static (result, version) =>
        {
            byte[] written = ResultWriter.Write(result, version);

            Assert.Equal(written, ResultWriter.Write(Read(written), version));
        });

    [Fact]
    public void In_the_newest_version_nothing_is_lost() =>
        SomeResult.Sample(static result =>
        {
            CniResult read = Read(ResultWriter.Write(result, CniVersion.V110));

            Assert.Equal(result.Interfaces, read.Interfaces);
            Assert.Equal(result.Addresses, read.Addresses);
            Assert.Equal(result.Routes, read.Routes);
        });

    [Fact]
    public void An_address_has_a_version_only_before_1_0_0_and_newer_fields_only_since_1_1_0() =>
        Gen.Select(SomeResult, SomeVersion).Sample(static (result, version) =>
        {
            JsonElement json = JsonDocument.Parse(ResultWriter.Write(result, version)).RootElement;

            Assert.Equal(version.Text(), json.GetProperty("cniVersion").GetString());
            foreach ((JsonElement item, ResultAddress address) in json.GetProperty("ips").EnumerateArray().Zip(result.Addresses))
            {
                Assert.Equal(version < CniVersion.V100, item.TryGetProperty("version", out JsonElement family));
                Assert.True(version >= CniVersion.V100 || family.GetString() == (address.Address.GetAddressBytes().Length == 4 ? "4" : "6"));
            }
            string[] newer = ["mtu", "socketPath", "pciID", "advmss", "priority", "table", "scope"];
            foreach (JsonElement item in json.GetProperty("interfaces").EnumerateArray().Concat(json.GetProperty("routes").EnumerateArray()))
            {
                Assert.True(version >= CniVersion.V110 || !item.EnumerateObject().Any(p => newer.Contains(p.Name)));
            }
        });

    [Fact]
    public void A_result_that_follows_another_keeps_it_and_points_to_its_own_interfaces() =>
        Gen.Select(SomeResult, SomeResult).Sample(static (first, second) =>
        {
            CniResult both = first.Followed(second);

            Assert.Equal([.. first.Interfaces, .. second.Interfaces], both.Interfaces);
            Assert.Equal(first.Addresses, both.Addresses.Take(first.Addresses.Count));
            Assert.Equal(
                second.Addresses.Select(a => a.InterfaceIndex + first.Interfaces.Count), both.Addresses.Skip(first.Addresses.Count).Select(static a => a.InterfaceIndex));
            Assert.Equal([.. first.Routes, .. second.Routes], both.Routes);
            Assert.Equal(second.Dns.IsEmpty ? first.Dns : second.Dns, both.Dns);
        });

    private static CniResult Read(byte[] json)
    {
        var problems = new ProblemList();
        CniResult result = PreviousResultReader.Read(NetworkConfigurationReader.Decode(json), problems);
        problems.ThrowIfAny();
        return result;
    }
}
