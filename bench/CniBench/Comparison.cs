using System.Diagnostics;

namespace Weft.CniBench;

/// <summary>Runs two contenders in pairs, in alternating order, so that whatever else the machine does meets both alike.</summary>
internal sealed class Comparison(Contender first, Contender second, Options options, QuietMachine machine) : IDisposable
{
    private readonly List<(Contender Contender, Pod Pod)> _existing = [];

    /// <summary>Brings each contender to so many attached pods.</summary>
    public void Fill(int pods)
    {
        foreach (Contender contender in (Contender[])[first, second])
        {
            int have = _existing.Count(entry => entry.Contender == contender);
            for (; have < pods; have++)
            {
                Pod pod = Pod.Create();
                contender.Add(pod);
                _existing.Add((contender, pod));
            }
        }
    }

    /// <summary>One sample of each contender's ADD and DEL, as often as the options say, after one that does not count.</summary>
    public PairedSamples OneAtATime()
    {
        var samples = new PairedSamples();
        for (int i = -1; i < options.Samples; i++)
        {
            using Pod firstPod = Pod.Create();
            using Pod secondPod = Pod.Create();
            Sample add1 = default, add2 = default, delete1 = default, delete2 = default;
            InTurn(i, () => add1 = Quietly(first.Add, firstPod), () => add2 = Quietly(second.Add, secondPod));
            InTurn(i, () => delete1 = Quietly(first.Delete, firstPod), () => delete2 = Quietly(second.Delete, secondPod));
            if (i >= 0)
            {
                samples.Adds.Add((add1, add2));
                samples.Deletes.Add((delete1, delete2));
            }
        }
        return samples;
    }

    /// <summary>Wall time from the first start until the last of the parallel calls ended, in ms, for each round.</summary>
    public ParallelTimes AtOnce()
    {
        var times = new ParallelTimes();
        for (int round = 0; round < options.Rounds; round++)
        {
            InTurn(round, () => AtOnce(first, times.First), () => AtOnce(second, times.Second));
        }
        return times;
    }

    public void Dispose()
    {
        foreach ((Contender contender, Pod pod) in _existing)
        {
            contender.Delete(pod);
            pod.Dispose();
        }
    }

    private static void InTurn(int number, Action one, Action other)
    {
        (Action before, Action after) = int.IsEvenInteger(number) ? (one, other) : (other, one);
        before();
        after();
    }

    private Sample Quietly(Func<Pod, Sample> call, Pod pod)
    {
        machine.Wait();
        return call(pod);
    }

    private void AtOnce(Contender contender, List<(double Add, double Delete)> times)
    {
        Pod[] pods = [.. Enumerable.Range(0, options.Parallel).Select(_ => Pod.Create())];
        times.Add((Together(contender.Add, pods), Together(contender.Delete, pods)));
        foreach (Pod pod in pods)
        {
            pod.Dispose();
        }
    }

    private double Together(Func<Pod, Sample> call, Pod[] pods)
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        Thread[] threads = [.. pods.Select(pod => new Thread(() =>
        {
            try
            {
                call(pod);
            }
            catch (PluginFailedException e)
            {
                failures.Enqueue(e);
            }
        }))];
        machine.Wait();
        long started = Stopwatch.GetTimestamp();
        foreach (Thread thread in threads)
        {
            thread.Start();
        }
        foreach (Thread thread in threads)
        {
            thread.Join();
        }
        double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return failures.IsEmpty ? elapsed : throw new AggregateException($"{failures.Count} of {pods.Length} parallel calls failed", failures);
    }
}
