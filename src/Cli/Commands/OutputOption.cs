using System.CommandLine;

namespace Weft.Cli.Commands;

/// <summary>-o of a command.</summary>
internal static class OutputOption
{
    public const string Json = "json";
    public const string Yaml = "yaml";
    public const string Wide = "wide";

    public static Option<string> Build(params string[] formats)
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = $"Print {string.Join(" or ", formats)} instead of a table",
            HelpName = string.Join('|', formats),
        };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }
}
