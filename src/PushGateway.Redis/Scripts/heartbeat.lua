#!lua flags=allow-oom
-- Takes or renews the lease of a node's incarnation and buries those whose lease has run out.
-- KEYS  1: sorted set, incarnation -> when its lease runs out (Unix ms)   2: hash, incarnation -> description   3: sorted set, graves: incarnation -> when it was buried
--       4: string, when the leases were begun
-- ARGV  1: incarnation   2: duration of a lease in ms   3: description   4: 1 to take a new lease, 0 to renew one
-- Returns  1: 0 if there is no lease to renew, with nothing done   2: Redis' time in Unix µs   3: when the leases were begun
--          4: the incarnations that live, each with the ms that its lease still runs   5: graves
-- The clock is Redis' own: nodes need not agree on the time. A Redis that is full still takes it: what is written is as good as nothing, and what would follow is not.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local precise = time[1] * 1000000 + time[2]
local mine = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not mine and ARGV[4] == '0' then
  return { 0, precise }
end

-- Leases that are all gone were lost: members of incarnations that nobody knows may be of nodes that are about to come back.
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SET', KEYS[4], string.format('%d', now))
end

-- Longer than any lease lasts runs only one that was taken before Redis' clock was set back. Ten times: other nodes may have another setting.
for _, late in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now + 10 * ARGV[2], '+inf', 'LIMIT', 0, 1000)) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], late)
end

redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1000)) do
  if mine and tonumber(mine) <= now then
    -- Nobody has renewed a lease since this one ran out, or it would have been buried: it is Redis that was away, and not the nodes.
    redis.call('ZADD', KEYS[1], now + ARGV[2], dead)
  else
    redis.call('ZREM', KEYS[1], dead)
    redis.call('HDEL', KEYS[2], dead)
    redis.call('ZADD', KEYS[3], now, dead)
  end
end

local live = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES')
for i = 2, #live, 2 do
  live[i] = live[i] - now
end
return { 1, precise, tonumber(redis.call('GET', KEYS[4]) or 0), live, redis.call('ZRANGE', KEYS[3], 0, 99) }
