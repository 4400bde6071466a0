#!lua flags=allow-oom
-- Notes that a transition of a user was announced, unless another has come since.
-- KEYS  1: hash of the user, see members.lua
-- ARGV  1: version of the transition
if redis.call('HGET', KEYS[1], 'p') == ARGV[1] then
  return redis.call('HDEL', KEYS[1], 'p')
end
return 0
