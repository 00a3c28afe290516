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

    public static IEnumerable<CompletionItem> Suggest(CompletionContext context, Argument<string?> kindArgument, SocketOption socket)
    {
        // The line is half typed: its values may be invalid, so only the words are looked at.
        string? kind = context.ParseResult.GetResult(kindArgument)?.Tokens is [var word, ..] ? KindNames.Find(word.Value) : null;
        return kind is null ? [] : SuggestNames(context, kind, socket);
    }

    /// <summary>Names of one kind of the contract.</summary>
    public static IEnumerable<CompletionItem> SuggestNames(CompletionContext context, string kind, SocketOption socket)
    {
        try
        {
            using DaemonConnection connection = socket.Connect(context.ParseResult);
            ListReply reply = connection.Client.List(new ListRequest { Kind = kind }, deadline: DateTime.UtcNow + Patience);
            return [.. reply.Items.Select(ResourceDocument.NameOf).Distinct().Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is RpcException or CliException)
        {
            return [];   // an error message would end up in the middle of the line being typed
        }
    }
}
