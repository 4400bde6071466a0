using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is answered and told of members when clients, nodes and Redis fail: nobody lingers, nobody is missing, nobody comes or goes twice.</summary>
[Collection(nameof(Alone))]
public sealed class PresenceFaultTests(PresenceScenarios scenarios, ITestOutputHelper output) : IClassFixture<PresenceScenarios>
{
    [Fact]
    public async Task Members_of_a_node_that_is_killed_are_gone_with_its_lease() => AssertKept(await scenarios.Killed);

    [Fact]
    public async Task Members_of_two_nodes_that_die_at_once_are_gone_with_their_leases() => AssertKept(await scenarios.TwoKilled);

    [Fact]
    public async Task Members_of_a_node_that_is_killed_do_not_come_back_with_it_at_its_address() => AssertKept(await scenarios.KilledAndRestarted);

    [Fact]
    public async Task Members_of_a_dead_node_leave_once_although_the_node_that_reaps_them_dies_as_well() => AssertKept(await scenarios.ReaperKilled);

    [Fact]
    public async Task Members_of_a_node_that_stood_still_for_ten_seconds_are_back_when_it_goes_on() => AssertKept(await scenarios.Paused);

    [Fact]
    public async Task Members_of_a_node_that_was_cut_off_from_Redis_for_ten_seconds_are_back_behind_the_cut() => AssertKept(await scenarios.CutOff);

    [Fact]
    public async Task Nobody_leaves_when_Redis_restarts_with_its_data() => AssertKept((await scenarios.Redis).Restarted);

    [Fact]
    public async Task Nobody_leaves_when_Redis_restarts_without_its_data() => AssertKept((await scenarios.Redis).Emptied);

    [Fact]
    public async Task A_client_that_vanishes_is_gone_within_33_seconds() => AssertKept(await scenarios.Vanished);

    private void AssertKept(PresenceAccount account)
    {
        output.WriteLine(account.ToString());
        Assert.True(account.IsKept, account.ToString());
        Assert.True(account.Answers > 0 && account.Events > 0);
    }
}
