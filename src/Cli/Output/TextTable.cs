using Spectre.Console;

namespace Weft.Cli.Output;

/// <summary>
/// A table of plain ASCII lines: one row a line, no borders, no colours, never cut or folded. What is wider than the terminal is the
/// terminal's to wrap, so that the same text goes through a pipe.
/// </summary>
internal sealed class TextTable
{
    private const int Unlimited = 1 << 20;

    private readonly List<string[]> _rows = [];
    private readonly string[] _headers;

    public TextTable(params string[] headers) => _headers = headers;

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(cell => cell.Length == 0 ? "-" : Printable.Line(cell))]);

    public void WriteTo(TextWriter writer)
    {
        var table = new Table { Border = TableBorder.None, Expand = false };
        foreach (string header in _headers)
        {
            table.AddColumn(new TableColumn(new Text(header)) { NoWrap = true, Padding = new Padding(0, 0, 3, 0) });
        }
        foreach (string[] row in _rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }
        var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Unlimited;
        console.Write(table);
        foreach (string line in text.ToString().TrimEnd().Split('\n'))
        {
            writer.WriteLine(line.TrimEnd());   // columns are padded to their widest cell
        }
    }
}
