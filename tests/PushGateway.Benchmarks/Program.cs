using BenchmarkDotNet.Running;
using PushGateway.Benchmarks.Frames;
using PushGateway.Benchmarks.RedisSubscriptions;

return args switch
{
    ["redis-subscriptions", .. var rest] => await Comparison.RunAsync(rest),
    [Receiver.Command, .. var rest] => await Receiver.RunAsync(rest),
    ["frames"] => RunFrames(),
    _ => Usage(),
};

static int RunFrames()
{
    BenchmarkRunner.Run<Sending>();
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine(
        """
        Usage: dotnet run -c Release --project tests/PushGateway.Benchmarks -- COMMAND

          redis-subscriptions --redis HOST:PORT   memory, order, CPU and allocation of three ways to subscribe to Redis
          frames                                  CPU and allocation of a delivery, beside System.Net.WebSockets
        """);
    return 2;
}
