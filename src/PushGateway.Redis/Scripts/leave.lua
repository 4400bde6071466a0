#!lua flags=allow-oom
-- Ends the lease of a node that stops.
-- KEYS  1: sorted set, incarnation -> when its lease runs out (Unix ms)   2: hash, incarnation -> description   3: sorted set, graves: incarnation -> when it was buried
--       4: sorted set, the channels in which the incarnation has members
-- ARGV  1: incarnation   2: 1 if all its members have left
-- What it leaves behind is reaped by another node.
local time = redis.call('TIME')
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if ARGV[2] == '1' then
  redis.call('UNLINK', KEYS[4])
elseif redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
end
return 1
