-- Reads a part of a channel's history. A channel without an epoch is given one.
-- KEYS  1: hash, e: epoch, o: offset of the newest publication   2: list, the newest publications, oldest first
-- ARGV  1: epoch, should there be none   2: for how many ms to keep the hash then   3: how many publications are kept   4: for how many ms
--       5: at most so many entries   6: 1 for the newest first   7: offset of the position to go on from, or empty   8: its epoch, or empty for the current one
--       9: time of the publication there in Unix ms, or 0
-- Returns  1: epoch   2: offset of the newest publication   3: Redis' time in Unix ms   4: offset of the oldest publication that is kept, one above the newest if none is
--          5: 1 if the position is one of this history   6: offset of the first entry, if there is one   7: entries, oldest first
--          8: time of the newest publication, 0 if it is not kept
--
-- Writes only what a new epoch takes, so that a Redis that takes no writes can still be read.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local channel = redis.call('HMGET', KEYS[1], 'e', 'o')
local epoch = channel[1]
local top = tonumber(channel[2] or 0)
-- A list that outlived its hash holds what is of no use any more: there are never more entries than offsets.
local length = math.min(redis.call('LLEN', KEYS[2]), top)
local limit = tonumber(ARGV[5])

if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'e', epoch)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end

local function time_of(offset)
  local entry = redis.call('LINDEX', KEYS[2], offset - top - 1)
  return entry and string.len(entry) >= 18 and struct.unpack('<I8', entry, 11) or 0
end

local top_time = length > 0 and time_of(top) or 0
local matches = true
if ARGV[7] ~= '' then
  local since = tonumber(ARGV[7])
  matches = since <= top and (ARGV[8] == '' or ARGV[8] == epoch)
  if matches and ARGV[9] ~= '0' and since > top - length then
    matches = time_of(since) == tonumber(ARGV[9])
  end
end

-- The first that is young enough: times rise with the offsets.
local oldest = top - math.min(length, tonumber(ARGV[3])) + 1
local above = top + 1
if oldest < above and time_of(oldest) < now - ARGV[4] then
  while oldest < above do
    local middle = math.floor((oldest + above) / 2)
    if time_of(middle) < now - ARGV[4] then
      oldest = middle + 1
    else
      above = middle
    end
  end
end

if not matches or limit == 0 then
  return { epoch, top, now, oldest, matches and 1 or 0, 0, {}, top_time }
end

local from, to
if ARGV[6] == '1' then
  to = (tonumber(ARGV[7]) or top + 1) - 1
  from = math.max(oldest, to - limit + 1)
else
  from = math.max(oldest, (tonumber(ARGV[7]) or 0) + 1)
  to = math.min(top, from + limit - 1)
end
local entries = from <= to and redis.call('LRANGE', KEYS[2], from - top - 1, to - top - 1) or {}
return { epoch, top, now, oldest, 1, from, entries, top_time }
