using System.CommandLine;
using System.CommandLine.Completions;
using Grpc.Core;
using Weft.Cli.Daemon;
using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>Completes names by asking the daemon; without an answer there is nothing to suggest.</summary>
internal static class NameCompletion
{
    // A person waits with a finger on the Tab key.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public static IEnumerable<CompletionItem> Suggest(CompletionContext context, Argument<string?> kindArgument, Option<string> namespaceOption, SocketOption socket)
    {
        // The line is half typed: its values may be invalid, so only the words are looked at.
        string? kind = context.ParseResult.GetResult(kindArgument)?.Tokens is [var word, ..] ? KindNames.Find(word.Value) : null;
        string home = context.ParseResult.GetResult(namespaceOption)?.Tokens is [var named, ..] ? named.Value : "";
        return kind is null ? [] : SuggestNames(context, kind, home, socket);
    }

    /// <summary>Names of one kind of the contract; those of a namespace without it, when one is given.</summary>
    public static IEnumerable<CompletionItem> SuggestNames(CompletionContext context, string kind, string home, SocketOption socket)
    {
        try
        {
            using DaemonConnection connection = socket.Connect(context.ParseResult);
            ListReply reply = connection.Client.List(new ListRequest { Kind = kind, Namespace = home }, deadline: DateTime.UtcNow + Patience);
            return [.. reply.Items.Select(item => ResourceDocument.NameOf(item)[(home.Length == 0 ? 0 : home.Length + 1)..]).Distinct().Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is RpcException or CliException)
        {
            return [];   // an error message would end up in the middle of the line being typed
        }
    }
}
