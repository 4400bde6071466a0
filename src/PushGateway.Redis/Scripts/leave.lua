-- Ends the lease of a node that stops.
-- KEYS  1: sorted set, node -> when its lease runs out (Unix ms)   2: hash, node -> description
-- ARGV  1: node
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('HDEL', KEYS[2], ARGV[1])
