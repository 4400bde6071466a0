        var answer = await PostAsync($$"""{"channel":"{{_channel}}","data":{{data}} ,"tags":{"kind":"ad"}}""");
