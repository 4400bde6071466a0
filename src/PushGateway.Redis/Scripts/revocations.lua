#!lua flags=allow-oom
-- Reads the revocations that changed, oldest change first, and removes some that are over.
-- KEYS  as for revoke.lua
-- ARGV  1: epoch of the last reading, or empty   2: sequence of the last reading; that of another epoch does not count   3: how many at most
-- Returns  1: epoch, empty if there is none   2: sequence of the latest change   3: for each revocation its subject, "before until", and the sequence of its latest change
-- The clock is Redis' own, and other clocks may be off by as much as ClockSkew may be set to: five minutes.
local time = redis.call('TIME')
local over = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', time[1] * 1000 - 300000, 'LIMIT', 0, 100)
if #over > 0 then
  redis.call('HDEL', KEYS[2], unpack(over))
  redis.call('ZREM', KEYS[3], unpack(over))
  redis.call('ZREM', KEYS[4], unpack(over))
end

local count = redis.call('HLEN', KEYS[2])
local epoch = redis.call('HGET', KEYS[1], 'e')
if not epoch or count ~= redis.call('ZCARD', KEYS[3]) or count ~= redis.call('ZCARD', KEYS[4]) then
  return { '', 0, {} } -- Never begun, lost, or evicted in part.
end

local after = epoch == ARGV[1] and ARGV[2] or '0'
local changed = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local answer = {}
for i = 1, #changed, 2 do
  answer[#answer + 1] = changed[i]
  answer[#answer + 1] = redis.call('HGET', KEYS[2], changed[i])
  answer[#answer + 1] = changed[i + 1]
end
return { epoch, tonumber(redis.call('HGET', KEYS[1], 'n') or 0), answer }
