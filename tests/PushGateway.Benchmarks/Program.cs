using BenchmarkDotNet.Running;
using PushGateway.Benchmarks.Frames;
using PushGateway.Benchmarks.Heap;
using PushGateway.Benchmarks.Parts;
using PushGateway.Benchmarks.Pings;
using PushGateway.Benchmarks.Presence;
using PushGateway.Benchmarks.RedisPublishing;
using PushGateway.Benchmarks.RedisSubscriptions;
using PushGateway.Benchmarks.Scale;
using PushGateway.Load;
using PushGateway.Benchmarks.Startup;
using PushGateway.Benchmarks.Tokens;

return args switch
{
    ["load", .. var rest] => LoadCommand.Run(rest),
    ["redis-subscriptions", .. var rest] => await Comparison.RunAsync(rest),
    ["redis-publishing", .. var rest] => await PublishingCost.RunAsync(rest),
    [Receiver.Command, .. var rest] => await Receiver.RunAsync(rest),
    ["frames"] => RunFrames(),
    ["heap", .. var rest] => HeapByType.Run(rest),
    ["pings"] => await PingCost.RunAsync(),
    ["presence", .. var rest] => await PresenceCost.RunAsync(rest),
    [Herd.Command, .. var rest] => await Herd.RunAsync(rest),
    ["scale", .. var rest] => await ScaleCommand.RunAsync(rest),
    [Crowd.Command, .. var rest] => Crowd.Run(rest),
    ["parts", .. var rest] => RunParts(rest),
    ["startup", .. var rest] => await StartupTime.RunAsync(rest),
    ["tokens"] => await TokenCost.RunAsync(),
    _ => Usage(),
};

static int RunFrames()
{
    BenchmarkRunner.Run<Sending>();
    return 0;
}

static int RunParts(string[] args)
{
    BenchmarkSwitcher.FromTypes([typeof(PublicationEncoding), typeof(FanOut), typeof(OutboxWriting), typeof(CommandReading), typeof(FrameReading), typeof(EnvelopeCoding)]).Run(args.Length > 0 ? args : ["--filter", "*"]);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine(
        """
        Usage: dotnet run -c Release --project tests/PushGateway.Benchmarks -- COMMAND

          load --help                             load on a gateway that runs: clients, publications, latencies, losses, costs
          scale --help                            up to 76,000 connections on nodes of this machine: memory, rest, latency, load on Redis
          parts [BENCHMARKDOTNET OPTIONS]         CPU and allocation of the parts: encoding, fan-out, outbox, readers, envelope
          redis-subscriptions --redis HOST:PORT   memory, order, CPU and allocation of three ways to subscribe to Redis
          redis-publishing --redis HOST:PORT      CPU and allocation of a publication, and its cost for Redis, of two ways to publish
          frames                                  CPU and allocation of a delivery, beside System.Net.WebSockets
          heap --pid PID --connections N          the managed heap of a node that runs, by type, for each connection
          pings                                   CPU of a node with idle connections, with pings and without
          presence --redis HOST:PORT              what presence costs Redis, beside entries that are refreshed by a timer
          startup FOLDER...                       time from start to ready, of servers as they were published
          tokens                                  what reading a token costs: good, forged, and garbage
        """);
    return 2;
}
