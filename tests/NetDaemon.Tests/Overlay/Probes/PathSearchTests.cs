using CsCheck;
using Weft.NetDaemon.Overlay.Probes;

namespace Weft.NetDaemon.Tests.Overlay.Probes;

public sealed class PathSearchTests
{
    private const int Smallest = ProbeMessage.Smallest;

    [Fact]
    public void Where_all_is_well_one_question_suffices()
    {
        var path = new Path { Carries = 1450 };
        Assert.Equal(new PathFinding(PathState.Open, 1450), path.Search(1450));
        Assert.Equal(1, path.Asked);
    }

    [Fact]
    public void The_largest_packet_that_arrives_is_found_to_the_byte() => Gen.Select(Gen.Int[Smallest, 65535], Gen.Int[Smallest + 1, 65535]).Sample((carries, wanted) =>
    {
        var path = new Path { Carries = carries };
        PathFinding expected = carries >= wanted ? new PathFinding(PathState.Open, wanted) : new PathFinding(PathState.Narrow, carries);
        Assert.Equal(expected, path.Search(wanted));
        Assert.InRange(path.Asked, 1, 3 + 16 + 2);
    });

    [Fact]
    public void What_arrives_in_pieces_is_told_from_what_is_lost()
    {
        var path = new Path { Carries = 1350, Fragments = true };
        Assert.Equal(new PathFinding(PathState.Fragmented, 1350), path.Search(1450));
    }

    [Fact]
    public void Who_answers_nothing_is_silent()
    {
        var path = new Path { Carries = 0 };
        Assert.Equal(new PathFinding(PathState.Silent), path.Search(1450));
        Assert.Equal(2, path.Asked);
    }

    [Fact]
    public void One_lost_question_is_no_black_hole() => Gen.Int[0, 3].Sample(lost =>
    {
        var path = new Path { Carries = 1450, Lost = { lost } };
        Assert.Equal(new PathFinding(PathState.Open, 1450), path.Search(1450));
    });

    [Fact]
    public void What_is_as_it_was_is_not_measured_again_and_what_is_not_is()
    {
        var before = new PathFinding(PathState.Narrow, 1350);
        var path = new Path { Carries = 1350 };
        Assert.Equal(before, path.Search(1450, before));
        Assert.Equal(5, path.Asked);
        Assert.Equal(new PathFinding(PathState.Narrow, 1300), new Path { Carries = 1300 }.Search(1450, before));
        Assert.Equal(new PathFinding(PathState.Narrow, 1400), new Path { Carries = 1400 }.Search(1450, before));
        Assert.Equal(new PathFinding(PathState.Open, 1450), new Path { Carries = 1450 }.Search(1450, before));
    }

    /// <summary>A way that carries packets up to a size, and loses some questions by their number.</summary>
    private sealed class Path
    {
        public int Carries { get; init; }

        public bool Fragments { get; init; }

        public HashSet<int> Lost { get; } = [];

        public int Asked { get; private set; }

        public PathFinding Search(int wanted, PathFinding before = default) => PathSearch.RunAsync(Smallest, wanted, before, AskAsync).GetAwaiter().GetResult();

        private Task<bool> AskAsync(int size, bool mayFragment) => Task.FromResult(!Lost.Contains(Asked++) && (size <= Carries || (mayFragment && Fragments)));
    }
}
