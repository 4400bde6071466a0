#!lua flags=allow-oom
-- Notes in which channels an incarnation has members, so that they are found when it dies.
-- KEYS  1: sorted set, incarnation -> when its lease runs out (Unix ms)   2: sorted set, the channels
-- ARGV  1: incarnation   2: Unix ms after which it is too late   3: number of channels to add, then these, then those to take off
-- Returns  1: 1, or with nothing done 0 if it was too late, -1 if the lease does not run   2: Redis' time in Unix ms
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not lease or tonumber(lease) <= now then
  return { -1, now }
end
if now > tonumber(ARGV[2]) then
  return { 0, now }
end
for i = 4, #ARGV do
  if i < 4 + ARGV[3] then
    redis.call('ZADD', KEYS[2], 0, ARGV[i])
  else
    redis.call('ZREM', KEYS[2], ARGV[i])
  end
end
return { 1, now }
