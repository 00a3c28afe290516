using System.Text.Json;

namespace Weft.SystemTests.Lab;

/// <summary>What the plugin answered.</summary>
internal sealed record CniAnswer(Finished Run)
{
    public bool IsSuccess => Run.ExitCode == 0;

    /// <summary>The object on stdout.</summary>
    public JsonElement Json { get; } = Parse(Run.Output);

    /// <summary>The error code of a failure, or 0.</summary>
    public int Code => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("code", out JsonElement code) ? code.GetInt32() : 0;

    public string Message => Text("msg");

    public string Details => Text("details");

    /// <summary>Addresses of a result, without prefix length.</summary>
    public IReadOnlyList<string> Addresses =>
        [.. Json.GetProperty("ips").EnumerateArray().Select(a => a.GetProperty("address").GetString()!.Split('/')[0])];

    public string IPv4 => Addresses.Single(a => a.Contains('.', StringComparison.Ordinal));

    public string IPv6 => Addresses.Single(a => a.Contains(':', StringComparison.Ordinal));

    /// <summary>The n-th of interfaces: 0 bridge, 1 host end, 2 container's.</summary>
    public JsonElement Interface(int n) => Json.GetProperty("interfaces")[n];

    public string Bridge => Interface(0).GetProperty("name").GetString()!;

    public string HostInterface => Interface(1).GetProperty("name").GetString()!;

    public string Mac => Interface(2).GetProperty("mac").GetString()!;

    /// <summary>This, or a failed test.</summary>
    public CniAnswer Succeeded()
    {
        Assert.True(IsSuccess, Run.ToString());
        return this;
    }

    /// <summary>This, which must be a success that says nothing.</summary>
    public CniAnswer SucceededSilently()
    {
        Assert.True(IsSuccess && Run.Output.Length == 0, Run.ToString());
        return this;
    }

    /// <summary>This, which must be an error with this code, a message, and nothing else on stdout.</summary>
    public CniAnswer Failed(int code)
    {
        Assert.True(Run.ExitCode != 0 && Code == code && Message.Length > 0, $"expected code {code}\n{Run}");
        return this;
    }

    private string Text(string key) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(key, out JsonElement text) ? text.GetString() ?? "" : "";

    private static JsonElement Parse(string output)
    {
        if (output.Length == 0)
        {
            return default;
        }
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
