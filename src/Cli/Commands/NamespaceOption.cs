using System.CommandLine;
using Weft.Policy.Objects;

namespace Weft.Cli.Commands;

/// <summary>-n of a command.</summary>
internal static class NamespaceOption
{
    public static Option<string> Build(SocketOption socket, string description)
    {
        var option = new Option<string>("--namespace", "-n") { Description = description, HelpName = "NAMESPACE" };
        option.CompletionSources.Add(context => NameCompletion.SuggestNames(context, PolicyKinds.Namespace, "", socket));
        return option;
    }
}
