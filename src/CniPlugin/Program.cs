using Weft.CniPlugin;
using Weft.Dataplane.Native;

// Not Console: its first write starts a thread for signals, a tenth of this program's time.
using Stream input = DescriptorStream.Standard(0);
using Stream output = DescriptorStream.Standard(1);
using Stream log = DescriptorStream.Standard(2);
return new Plugin(Environment.GetEnvironmentVariable, input, output, log).Run();
