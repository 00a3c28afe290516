using System.Text;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;

namespace Weft.CniPlugin.Tests.Configuration;

/// <summary>Reads the wishes of a configuration given by its keys alone.</summary>
internal static class Wishes
{
    public static AttachmentWishes Of(string keys)
    {
        var problems = new ProblemList();
        AttachmentWishes wishes = AttachmentWishesReader.Read(
            NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes($$"""{"cniVersion":"1.0.0","name":"net",{{keys}}}""")), CniArguments.None, problems);
        problems.ThrowIfAny();
        return wishes;
    }

    public static CniError RefusalOf(string keys) => Assert.Throws<CniException>(() => Of(keys)).Error;
}
