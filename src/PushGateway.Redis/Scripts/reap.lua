#!lua flags=allow-oom
-- Claims a dead incarnation, takes off the channels that were reaped, and says which come next.
-- KEYS  1: string, who reaps it   2: sorted set, the channels in which it has members   3: sorted set, graves: incarnation -> when it was buried
-- ARGV  1: who asks   2: for how many ms   3: incarnation   4: how many channels   5: channel behind which to go on, or empty   then those that were reaped
-- Returns  1: 0 if somebody else reaps it, 1 if not   2: channels   3: how many are left
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return { 0, {}, 0 }
end

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
for i = 6, #ARGV do
  redis.call('ZREM', KEYS[2], ARGV[i])
end
local left = redis.call('ZCARD', KEYS[2])
if left == 0 then
  redis.call('ZREM', KEYS[3], ARGV[3])
  redis.call('DEL', KEYS[1])
end
return { 1, redis.call('ZRANGEBYLEX', KEYS[2], ARGV[5] == '' and '-' or '(' .. ARGV[5], '+', 'LIMIT', 0, ARGV[4]), left }
