using PushGateway.Benchmarks.RedisSubscriptions;

return args switch
{
    ["redis-subscriptions", .. var rest] => await Comparison.RunAsync(rest),
    [Receiver.Command, .. var rest] => await Receiver.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        Usage: dotnet run -c Release --project tests/PushGateway.Benchmarks -- COMMAND

          redis-subscriptions --redis HOST:PORT   memory, order, CPU and allocation of three ways to subscribe to Redis
        """);
    return 2;
}
