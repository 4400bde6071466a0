using PushGateway.Faults;

return await Command.RunAsync(args, Console.Out, Console.Error);
