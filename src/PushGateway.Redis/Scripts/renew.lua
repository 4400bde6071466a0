-- Gives a history a new epoch if it still has the old one.
-- KEYS  1: hash, e: epoch
-- ARGV  1: old epoch   2: new epoch
if redis.call('HGET', KEYS[1], 'e') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'e', ARGV[2])
  return 1
end
return 0
