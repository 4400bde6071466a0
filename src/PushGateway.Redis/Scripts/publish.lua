#!lua
-- Publishes to a channel: numbers it, keeps it and sends it to the subscribers in one step, or refuses it with nothing done.
-- KEYS  1: hash, e: epoch, o: offset of the newest publication, v: highest version   2: list, the newest publications, oldest first
--       3: string, what became of an idempotency key; only if there is one
-- ARGV  1: PUBLISH or SPUBLISH   2: topic   3: envelope without a position   4: epoch, should there be none
--       5: how many publications to keep, 0 for none   6: for how many ms   7: for how many ms to keep the hash
--       8: version, or empty   9: fingerprint, 16 bytes, and 10: for how many ms to remember the outcome; only with a third key
-- Returns  1: 0 published, 1 superseded, 2 the idempotency key was used for something else   2: 1 for the outcome of an earlier attempt
--          3: offset   4: epoch, empty without a history   5: Redis' time in Unix ms
--
-- Nothing is half done. By the first line Redis looks before the script begins whether it may write (memory, disk, replicas, being a replica itself). A key of
-- a foreign type is found because each is read, or written first of all, while nothing has changed. Sending comes last, with the right to it looked at here: keys and
-- channels are granted apart from each other.
if not redis.acl_check_cmd(ARGV[1], ARGV[2], '') then
  return redis.error_reply('NOPERM the user of the gateway may not publish to its channels')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local known = KEYS[3] and redis.call('GET', KEYS[3])
if known then
  if string.sub(known, 1, 16) ~= ARGV[9] then
    return { 2, 0, 0, '', now }
  end
  return { tonumber(string.sub(known, 17, 17)), 1, tonumber(string.sub(known, 26)) or 0, string.sub(known, 18, 25), now }
end

local size = tonumber(ARGV[5])
local channel = redis.call('HMGET', KEYS[1], 'e', 'o', 'v')
local epoch = size > 0 and (channel[1] or ARGV[4]) or ''
local offset = size > 0 and tonumber(channel[2] or 0) or 0
local superseded = ARGV[8] ~= '' and channel[3] and tonumber(ARGV[8]) <= tonumber(channel[3])
local envelope

if not superseded then
  offset = size > 0 and offset + 1 or 0
  envelope = string.char(string.byte(ARGV[3], 1), string.byte(ARGV[3], 2) + 4)
    .. struct.pack('<I8I8', offset, now) .. (size > 0 and epoch or '00000000') .. string.sub(ARGV[3], 3)
end

if size > 0 then
  if not superseded then
    -- A list that outlived its hash holds what is of no use any more: there are never more entries than offsets.
    local kept = math.min(size, offset)
    if redis.call('RPUSH', KEYS[2], envelope) > kept then
      redis.call('LTRIM', KEYS[2], -kept, -1)
    end

    -- The oldest go when their time is over. Never very many at once, and always more than are added.
    for _ = 1, 100 do
      local oldest = redis.call('LINDEX', KEYS[2], 0)
      if string.len(oldest) >= 18 and struct.unpack('<I8', oldest, 11) >= now - ARGV[6] then
        break
      end
      redis.call('LPOP', KEYS[2])
    end
    redis.call('PEXPIRE', KEYS[2], ARGV[6])
  end
  if not superseded or not channel[1] then
    redis.call('HSET', KEYS[1], 'e', epoch, 'o', string.format('%d', offset))
    redis.call('PEXPIRE', KEYS[1], ARGV[7])
  end
end

if ARGV[8] ~= '' and not superseded then
  redis.call('HSET', KEYS[1], 'v', ARGV[8])
  -- Without a history: does not shorten the time that a history gave the hash.
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[7]) then
    redis.call('PEXPIRE', KEYS[1], ARGV[7])
  end
end

local status = superseded and 1 or 0
if KEYS[3] then
  local outcome = ARGV[9] .. status .. (size > 0 and epoch .. string.format('%d', offset) or '')
  redis.call('SET', KEYS[3], outcome, 'PX', ARGV[10])
end
if envelope then
  redis.call(ARGV[1], ARGV[2], envelope)
end
return { status, 0, offset, epoch, now }
