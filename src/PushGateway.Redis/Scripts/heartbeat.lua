-- Renews the lease of a node and removes those that have run out.
-- KEYS  1: sorted set, node -> when its lease runs out (Unix ms)   2: hash, node -> description
-- ARGV  1: node   2: duration of a lease in ms   3: description
-- The clock is Redis' own: nodes need not agree on the time.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])

local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)
if #dead > 0 then
  redis.call('ZREM', KEYS[1], unpack(dead))
  redis.call('HDEL', KEYS[2], unpack(dead))
end

-- When the last node dies, nobody is left to remove it.
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 10)
redis.call('PEXPIRE', KEYS[2], ARGV[2] * 10)
return #dead
