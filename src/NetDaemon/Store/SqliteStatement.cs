using Microsoft.Data.Sqlite;

namespace Weft.NetDaemon.Store;

/// <summary>A prepared statement with parameters $1, $2 and so on. Used only inside <see cref="SqliteFile.Read"/> and <see cref="SqliteFile.Write"/>.</summary>
internal sealed class SqliteStatement(SqliteConnection connection, string sql) : IDisposable
{
    private readonly SqliteCommand _command = new(sql, connection);

    /// <summary>Runs it and returns the number of changed rows.</summary>
    /// <param name="values">string, long, int, byte[] or null each.</param>
    public int Execute(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteNonQuery();
    }

    /// <summary>Runs it and passes each row to <paramref name="row"/> until that returns false.</summary>
    public void Query(Func<SqliteDataReader, bool> row, params ReadOnlySpan<object?> values)
    {
        Bind(values);
        using SqliteDataReader reader = _command.ExecuteReader();
        while (reader.Read() && row(reader))
        {
        }
    }

    /// <summary>Runs it and returns the first column of the first row as a whole number, or null without a row.</summary>
    public long? QueryInteger(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteScalar() is long value ? value : null;
    }

    public void Dispose() => _command.Dispose();

    private void Bind(ReadOnlySpan<object?> values)
    {
        SqliteParameterCollection parameters = _command.Parameters;
        for (int i = parameters.Count; i < values.Length; i++)
        {
            parameters.Add(new SqliteParameter { ParameterName = "$" + (i + 1) });
        }
        for (int i = 0; i < values.Length; i++)
        {
            parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }
}
