#!lua
-- Makes the members that one incarnation of a node has in a channel, within ranges of connection ids, be exactly those that are given, and announces what that changes, in one step.
-- Done twice it changes nothing the second time.
-- KEYS  1: sorted set, the members: incarnation (8 bytes), connection id (16), what is known of it   2: hash, user -> number of members
--       3: string, sequence of the last change that was announced, negative for a while after the channel got empty   4: hash, user -> incarnations and ids (24 bytes each) of members that are gone and may return
--       5: hash of the user whose channel it is: s online since, l last seen, v version of the last transition, p the same while it is not announced, t ttl, a whether to announce
-- ARGV  1: PUBLISH or SPUBLISH   2: topic   3: incarnation   4: incarnations that the node had before, one behind the other: what stands under them is taken over
--       5: Unix ms after which it is too late, or 0   6: whether to announce: 1, 0, or empty for what was done before
--       7: for how many ms to keep the last seen of the user whose channel it is, or empty for what was done before   8: whether to announce the user
--       9: 1 if members may return   10: 1 to return a transition of before as well that is not announced   11: how many members to remove at most
--       then for each range: first id   id behind the last, empty for none   number of members   for each, by rising ids: m, or w when it is gone and may return, with id and the rest
-- Returns  1: 0 if it was too late, with nothing done   2: Redis' time in Unix ms   3: 1 if more is to be removed, and to be called again for
--          4: number of members   5: online since   6: last seen   7: version of the transition to announce, 0 for none
--
-- As for publish.lua, nothing is half done: every key is read before the first is written, and the right to publish looked at.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[5] ~= '0' and now > tonumber(ARGV[5]) then
  return { 0, now }
end
if not redis.acl_check_cmd(ARGV[1], ARGV[2], '') then
  return redis.error_reply('NOPERM the user of the gateway may not publish to its channels')
end

local members, users, waiting = KEYS[1], KEYS[2], KEYS[4]
local count = redis.call('ZCARD', members)
redis.call('HLEN', users)
local last = redis.call('GET', KEYS[3])
local has_waiting = redis.call('HLEN', waiting) > 0
local seen = redis.call('HMGET', KEYS[5], 's', 'l', 'v', 'p', 't', 'a')

local announces = ARGV[6] == '1' or (ARGV[6] == '' and last)
local previous = math.max(tonumber(last or 0), 0)
local sequence = math.abs(tonumber(last or 0))
local most = tonumber(ARGV[11])

-- Behind all that begins with this incarnation, whose characters are letters and digits.
local function behind(incarnation)
  return string.sub(incarnation, 1, 7) .. string.char(string.byte(incarnation, 8) + 1)
end

-- The user is the first text behind the ids, its length in front of it: seven bits a byte, the lowest first. The byte behind it tells whether it stands for the user whose channel it is.
local function user_of(entry)
  local length, position, factor, byte = 0, 25, 1
  repeat
    byte = string.byte(entry, position) or 0
    length = length + byte % 128 * factor
    factor = factor * 128
    position = position + 1
  until byte < 128
  return string.sub(entry, position, position + length - 1), math.floor((string.byte(entry, position + length) or 0) / 4) % 2 == 1
end

-- Those whose channel it is go without saying.
local function count_user(entry, change)
  local user, is_own = user_of(entry)
  if not is_own and redis.call('HINCRBY', users, user, change) <= 0 then
    redis.call('HDEL', users, user)
  end
end

local function announce(kind, entry, replaced)
  if announces then
    sequence = math.max(sequence + 1, now)
    redis.call(ARGV[1], ARGV[2], string.char(192, kind) .. struct.pack('<I8I8', previous, sequence) .. replaced .. string.sub(entry, 9))
    previous = sequence
  end
end

local function set_marks(user, marks)
  if marks == '' then
    redis.call('HDEL', waiting, user)
  else
    redis.call('HSET', waiting, user, marks)
  end
end

-- The marks of a user. For anonymous clients nobody can come back, so they have none.
local function marks_of(entry)
  local user, is_own = user_of(entry)
  if is_own or user ~= '' then
    return user, redis.call('HGET', waiting, user) or ''
  end
  return user, nil
end

local function unmark(entry)
  local user, marks
  if has_waiting then
    user, marks = marks_of(entry)
  end
  for i = 1, marks and #marks or 0, 24 do
    if string.sub(marks, i, i + 23) == string.sub(entry, 1, 24) then
      set_marks(user, string.sub(marks, 1, i - 1) .. string.sub(marks, i + 24))
      return
    end
  end
end

local function mark(entry)
  unmark(entry)
  local user, marks = marks_of(entry)
  if marks then
    set_marks(user, marks .. string.sub(entry, 1, 24))
    has_waiting = true
  end
end

local function remove(entry)
  if redis.call('ZREM', members, entry) == 1 then
    count_user(entry, -1)
    unmark(entry)
    return true
  end
end

-- Takes out the member that went last of those that may return, if the entry's user has one.
local function take_waiting(entry)
  local user, marks
  if ARGV[9] == '1' and has_waiting then
    user, marks = marks_of(entry)
  end
  while marks and marks ~= '' do
    local found = redis.call('ZRANGEBYLEX', members, '[' .. string.sub(marks, -24), '+', 'LIMIT', 0, 1)[1]
    local is_it = found and string.sub(found, 1, 24) == string.sub(marks, -24)
    marks = string.sub(marks, 1, -25)
    set_marks(user, marks)
    if is_it and remove(found) then
      return found
    end
  end
end

local function add(entry)
  local replaced = take_waiting(entry)
  redis.call('ZADD', members, 0, entry)
  count_user(entry, 1)
  announce(replaced and 3 or 1, entry, replaced and string.sub(replaced, 9, 24) or '')
end

local mine = { ARGV[3] }
for i = 1, #ARGV[4], 8 do
  mine[#mine + 1] = string.sub(ARGV[4], i, i + 7)
end

-- One connection: what stands under any incarnation of the node, and what should. True if something was removed.
local function settle(olds, is_waiting, content)
  local entry = content and ARGV[3] .. content
  local kept
  for _, old in ipairs(olds) do
    if content and string.sub(old, 9) == content and (not kept or old == entry) then
      kept = old
    end
  end

  local removed = false
  for _, old in ipairs(olds) do
    if old ~= kept and remove(old) then
      if not kept and not removed then
        announce(2, old, '')
      end
      removed = true
    end
  end

  if kept and kept ~= entry and remove(kept) then
    redis.call('ZADD', members, 0, entry)
    count_user(entry, 1)
  elseif kept and kept ~= entry then
    return removed
  elseif not kept and content and not is_waiting then
    add(entry)
  end
  if kept and is_waiting and redis.call('ZSCORE', members, entry) then
    mark(entry)
  end
  return removed
end

local more = 0
local position = 12
while ARGV[position] do
  local from, to, size = ARGV[position], ARGV[position + 1], tonumber(ARGV[position + 2])
  local first = position + 3
  position = first + size

  local olds, ids, is_part = {}, {}, false
  for _, incarnation in ipairs(mine) do
    local stop = to == '' and behind(incarnation) or incarnation .. to
    local found = redis.call('ZRANGEBYLEX', members, '[' .. incarnation .. from, '(' .. stop, 'LIMIT', 0, size + most)
    is_part = is_part or #found == size + most
    for _, old in ipairs(found) do
      local id = string.sub(old, 9, 24)
      if not olds[id] then
        olds[id] = {}
        ids[#ids + 1] = id
      end
      table.insert(olds[id], old)
    end
  end

  local wanted = {}
  for i = first, position - 1 do
    wanted[string.sub(ARGV[i], 2, 17)] = true
  end

  for _, id in ipairs(ids) do
    if most > 0 and not wanted[id] and settle(olds[id]) then
      most = most - 1
    end
  end
  if is_part or most <= 0 then
    more = 1
    break
  end

  for i = first, position - 1 do
    settle(olds[string.sub(ARGV[i], 2, 17)] or {}, string.sub(ARGV[i], 1, 1) == 'w', string.sub(ARGV[i], 2))
  end
end

local left = redis.call('ZCARD', members)
if left == 0 then
  -- What comes next has nothing before it, but still a higher number than all that went. After a minute the time alone sees to that.
  redis.call('DEL', users, waiting)
  if count > 0 and sequence > 0 then
    redis.call('SET', KEYS[3], string.format('%d', -sequence), 'PX', 60000)
  end
elseif previous > 0 then
  redis.call('SET', KEYS[3], string.format('%d', previous))
end

local ttl, tells = ARGV[7], ARGV[8]
if ttl == '' then
  ttl, tells = seen[5] or '', seen[6]
end
local since, gone, pending = seen[1], seen[2], ARGV[10] == '1' and seen[4]
if ttl ~= '' then
  local was_online = count > 0 and since
  if was_online and left == 0 or not was_online and left > 0 then
    local version = string.format('%d', math.max(tonumber(seen[3] or 0) + 1, now))
    local time_of = string.format('%d', now)
    if left > 0 then
      since, gone = time_of, false
      redis.call('HSET', KEYS[5], 's', since, 'v', version, 't', ttl, 'a', tells)
      redis.call('HDEL', KEYS[5], 'l')
      redis.call('PERSIST', KEYS[5])
    else
      since, gone = false, time_of
      redis.call('HSET', KEYS[5], 'l', gone, 'v', version, 't', ttl, 'a', tells)
      redis.call('HDEL', KEYS[5], 's')
      redis.call('PEXPIRE', KEYS[5], ttl)
    end
    pending = tells == '1' and version
    if pending then
      redis.call('HSET', KEYS[5], 'p', pending)
    end
  end
end
return { 1, now, more, left, tonumber(since or 0), tonumber(gone or 0), tonumber(pending or 0) }
