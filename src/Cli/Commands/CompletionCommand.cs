using System.CommandLine;

namespace Weft.Cli.Commands;

/// <summary>weft completion SHELL: a script that asks weft itself, by its [suggest] directive.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # weft completion for bash. Load it with: source <(weft completion bash)
        _weft() {
            local current="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$current"))
            # After -f there is a file.
            if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
        }
        complete -F _weft weft

        """;

    private const string Zsh = """
        #compdef weft
        # weft completion for zsh. Load it with: source <(weft completion zsh)
        _weft() {
            local -a candidates
            candidates=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            candidates=(${candidates:#})
            if (( ${#candidates} )); then compadd -- "${candidates[@]}"; else _files; fi
        }
        compdef _weft weft

        """;

    private const string Fish = """
        # weft completion for fish. Load it with: weft completion fish | source
        complete -c weft -a '(weft "[suggest:"(commandline -C)"]" (commandline -b) 2>/dev/null)'

        """;

    public static Command Build(CliHost host)
    {
        var shell = new Argument<string>("SHELL") { HelpName = "SHELL", Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a completion script for a shell; `source <(weft completion bash)` loads it") { shell };
        command.SetAction(parsed =>
        {
            host.Output.Write(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.Ok;
        });
        return command;
    }
}
