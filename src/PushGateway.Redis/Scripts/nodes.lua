-- The descriptions of all nodes whose lease runs.
-- KEYS  1: sorted set, node -> when its lease runs out (Unix ms)   2: hash, node -> description
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local live = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
local descriptions = {}
for i, node in ipairs(live) do
  descriptions[i] = redis.call('HGET', KEYS[2], node) or ''
end
return descriptions
