#!lua flags=no-writes
-- Reads who is in a channel, unless there are members of incarnations that the reader does not know: then these.
-- KEYS  1: sorted set, the members   2: hash, user -> number of members   3: string, sequence of the last change   4: hash of the user whose channel it is; see members.lua
-- ARGV  1: the incarnations that live, each with a comma in front of it and behind it   2: how many members to read   3: id from which on   4: 1 if the channel is a user's own
-- Returns  1: incarnations that are not known, and if there are any, nothing else   2: number of members   3: number of users   4: sequence   5: online since   6: last seen
--          7: how many members of one incarnation were read at most   8: for each incarnation, the first of its members
local members = KEYS[1]
local unknown, present = {}, {}
local from = '-'
while true do
  local first = redis.call('ZRANGEBYLEX', members, from, '+', 'LIMIT', 0, 1)[1]
  if not first then
    break
  end
  if #first < 24 then
    from = '(' .. first -- Not the gateway's.
  else
    local incarnation = string.sub(first, 1, 8)
    local into = string.find(ARGV[1], ',' .. incarnation .. ',', 1, true) and present or unknown
    into[#into + 1] = incarnation
    local behind = string.sub(incarnation, 1, 7) .. string.char(string.byte(incarnation, 8) + 1)
    into[incarnation] = '(' .. behind
    from = '[' .. behind
  end
end
if #unknown > 0 then
  return { unknown }
end

-- Ids are spread by chance: twice a node's share of the page is as good as always enough, and where it is not, the page ends earlier. One more tells whether another page follows.
local limit = tonumber(ARGV[2])
local share = math.min(limit + 1, 2 * math.ceil(limit / math.max(1, #present)) + 16)
local pages = {}
if limit > 0 then
  for i, incarnation in ipairs(present) do
    pages[i] = redis.call('ZRANGEBYLEX', members, '[' .. incarnation .. ARGV[3], present[incarnation], 'LIMIT', 0, share)
  end
end
local count, users = redis.call('ZCARD', members), redis.call('HLEN', KEYS[2])
if ARGV[4] == '1' and count > 0 then
  -- The user whose channel it is is not counted there, and is as a rule the only one.
  local others = 0
  for _, number in ipairs(redis.call('HVALS', KEYS[2])) do
    others = others + number
  end
  users = others < count and users + 1 or users
end
local seen = redis.call('HMGET', KEYS[4], 's', 'l')
return {
  unknown, count, users, math.max(0, tonumber(redis.call('GET', KEYS[3]) or 0)),
  tonumber(seen[1] or 0), tonumber(seen[2] or 0), share, pages,
}
