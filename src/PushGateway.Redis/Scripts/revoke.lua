#!lua flags=allow-oom
-- Keeps revocations: of two about the same subject the later time and the later end.
-- KEYS  1: hash, e: epoch, n: sequence of the latest change   2: hash, subject -> "before until" (Unix ms, no until for ever)
--       3: sorted set, subject -> sequence of its latest change   4: sorted set, subject -> until
-- ARGV  1: epoch to begin where there is none   2: epoch that is not to go on, or empty   then for each revocation its subject, before, and until or empty
-- A Redis that is full still takes them: they are small, and tokens that are taken all the same would be worse.
local count = redis.call('HLEN', KEYS[2])
if count ~= redis.call('ZCARD', KEYS[3]) or count ~= redis.call('ZCARD', KEYS[4]) then
  redis.call('DEL', unpack(KEYS)) -- A part of it was evicted. The nodes know the whole, and bring it back.
end

local epoch = redis.call('HGET', KEYS[1], 'e')
if not epoch or epoch == ARGV[2] then
  redis.call('HSET', KEYS[1], 'e', ARGV[1])
end

for i = 3, #ARGV, 3 do
  local subject, before, ending = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local kept = redis.call('HGET', KEYS[2], subject)
  if kept then
    local keptBefore, keptEnding = string.match(kept, '^(%S+) (%S*)$')
    if tonumber(keptBefore) > tonumber(before) then
      before = keptBefore
    end
    if keptEnding == '' or (ending ~= '' and tonumber(keptEnding) > tonumber(ending)) then
      ending = keptEnding
    end
  end
  local value = before .. ' ' .. ending
  if value ~= kept then
    redis.call('HSET', KEYS[2], subject, value)
    redis.call('ZADD', KEYS[3], redis.call('HINCRBY', KEYS[1], 'n', 1), subject)
    redis.call('ZADD', KEYS[4], ending == '' and '+inf' or ending, subject)
  end
end
