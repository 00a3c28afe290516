namespace Weft.Policy.Analysis;

/// <summary>A question that cannot be asked: an endpoint, node or port that does not exist or cannot be read. The message is for people.</summary>
public sealed class QuestionException(string message) : Exception(message);
