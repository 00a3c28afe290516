using Weft.Contracts.V1;
using Weft.Policy.Analysis;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.Policy.Tests.Objects;

public sealed class EndpointReaderTests
{
    [Fact]
    public void An_endpoint_has_its_named_ports_from_its_labels()
    {
        PolicyEndpoint read = EndpointReader.Read(new Endpoint
        {
            Namespace = "shop", Name = "web", HostInterface = "wft1", Node = "n1", Addresses = { "10.0.0.1", "fd00::1" },
            Labels = { ["app"] = "web", ["port.weft.dev/http"] = "8080", ["port.weft.dev/dns"] = "53-udp", ["port.weft.dev/bad"] = "0", ["port.weft.dev/worse"] = "1-icmp" },
        });
        Assert.Equal(new EndpointName("shop", "web", "wft1"), read.Name);
        Assert.Equal("dns Udp 53, http Tcp 8080", string.Join(", ", read.Ports.Select(port => $"{port.Name} {port.Protocol} {port.Number}")));
        Assert.Equal("10.0.0.1 fd00::1", string.Join(' ', read.Addresses));
    }

    [Fact]
    public void The_interface_is_part_of_the_name_only_where_a_container_has_several()
    {
        var read = new PolicyManifests();
        read.Endpoints.AddRange([Of("shop", "web", "wft1"), Of("shop", "web", "wft2"), Of("shop", "db", "wft3"), Of("other", "web", "wft4")]);
        PolicyWorld world = read.ToWorld();

        Assert.Equal(["other/web", "shop/db", "shop/web%wft1", "shop/web%wft2"], world.Endpoints.Keys.Order().Select(name => name.ToString()));
        Assert.Equal("wft2", FlowQuestions.Endpoint(world, "shop/web%wft2").Name.Interface);
        Assert.Equal("shop", FlowQuestions.Endpoint(world, "web%wft1").Name.Namespace);
        Assert.Equal("shop", FlowQuestions.Endpoint(world, "db").Name.Namespace);
        Assert.Equal("other", FlowQuestions.Endpoint(world, "other/web").Name.Namespace);
        Assert.Equal(
            "\"shop/web\" is the name of 2 endpoints; write one of shop/web%wft1, shop/web%wft2",
            Assert.Throws<QuestionException>(() => FlowQuestions.Endpoint(world, "shop/web")).Message);
        Assert.Throws<QuestionException>(() => FlowQuestions.Endpoint(world, "shop/db%wft3"));
    }

    [Fact]
    public void What_is_no_address_is_not_passed_over() => Assert.Throws<FormatException>(() => EndpointReader.Read(new Endpoint { Addresses = { "nowhere" } }));

    [Fact]
    public void What_weft_get_endpoints_prints_tells_several_interfaces_apart()
    {
        const string item = "{apiVersion: weft.dev/v1, kind: Endpoint, metadata: {name: web, namespace: shop}, status: {hostInterface: IF}}\n";
        PolicyManifests read = PolicyManifestReader.Read(
            [("f", $"{item.Replace("IF", "wft1", StringComparison.Ordinal)}---\n{item.Replace("IF", "wft2", StringComparison.Ordinal)}")], out _);
        Assert.Equal(["shop/web%wft1", "shop/web%wft2"], read.ToWorld().Endpoints.Keys.Order().Select(name => name.ToString()));
        Assert.Throws<ManifestException>(() => PolicyManifestReader.Read([("f", $"{item}---\n{item}")], out _));
    }

    private static PolicyEndpoint Of(string home, string name, string hostInterface) =>
        EndpointReader.Read(new Endpoint { Namespace = home, Name = name, HostInterface = hostInterface });
}
