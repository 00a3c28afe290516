namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>
/// Finds the largest packet that arrives. One packet suffices where all is well. A size counts as too large only when it was lost again and again while a small one was answered in
/// between, so that some loss is not taken for a black hole.
/// </summary>
internal static class PathSearch
{
    /// <summary>Tries one size, several times where it must.</summary>
    /// <param name="size">Bytes of a container's packet.</param>
    /// <param name="mayFragment">Whether it may arrive in pieces.</param>
    /// <returns>Whether it was answered.</returns>
    public delegate Task<bool> Ask(int size, bool mayFragment);

    /// <param name="smallest">Bytes of the smallest packet.</param>
    /// <param name="largest">Bytes of the largest one, which should arrive.</param>
    /// <param name="before">What was found the last time: as long as it is like that, it is not measured again.</param>
    /// <param name="ask">Tries one size.</param>
    public static async Task<PathFinding> RunAsync(int smallest, int largest, PathFinding before, Ask ask)
    {
        if (await ask(largest, false))
        {
            return new PathFinding(PathState.Open, largest);
        }
        if (!await ask(smallest, false))
        {
            return new PathFinding(PathState.Silent);
        }
        // The way may have come up just now.
        if (await ask(largest, false))
        {
            return new PathFinding(PathState.Open, largest);
        }
        if (before.State is PathState.Narrow or PathState.Fragmented && await ask(before.Fits, false) && !await ask(before.Fits + 1, false))
        {
            return before;
        }
        (int fits, int tooLarge) = (smallest, largest);
        while (tooLarge - fits > 1)
        {
            int middle = (fits + tooLarge) / 2;
            if (await ask(middle, false))
            {
                fits = middle;
            }
            else
            {
                tooLarge = middle;
            }
        }
        // It took seconds, and the way may have changed meanwhile.
        if (await ask(largest, false))
        {
            return new PathFinding(PathState.Open, largest);
        }
        return new PathFinding(await ask(largest, true) ? PathState.Fragmented : PathState.Narrow, fits);
    }
}
