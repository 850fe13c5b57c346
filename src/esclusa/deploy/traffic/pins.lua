-- A conversation that has begun keeps its release: the table of which conversation is pinned to which arm.
--
-- Envoy's own hashing decides where a new conversation goes; this only remembers it. Envoy's workers share no
-- memory, so the table is a fold of a file that each of them appends to and reads on from where it was: one
-- line `conversation <tab> pin`, an empty line when the next file begins. What the others wrote meanwhile is
-- read first, then a conversation that is not known is pinned to where the weights sent it. When a pin's release
-- has gone away no route matches it, so the weights decide again.
--
-- A pin that ends in `+arm` is of a conversation of which that arm is sent copies, as long as it is there.
--
-- The table is bounded: two files' worth of conversations, those that were heard last.

local DIRECTORY = "@DIRECTORY@"
local LIMIT = @LIMIT@
local LONGEST = 512

local number = 1
local reader, writer
local present, past, lines = {}, {}, 0

-- What no client may say.
local OURS = {
  "x-esclusa-pin", "x-esclusa-poll", "x-esclusa-conversation",
  "x-esclusa-copied", "x-esclusa-mirror", "x-esclusa-shadow", "x-esclusa-sample",
  "x-esclusa-opinion", "x-esclusa-opinion-of",
}

local function open()
  local path = DIRECTORY .. "/" .. number
  writer = io.open(path, "a")
  reader = writer and io.open(path, "r")
  if writer then writer:setvbuf("full", 4096) end
end

-- Pages that nobody should need any more are removed; the oldest that is left is written down.
local function oldest()
  local file = io.open(DIRECTORY .. "/oldest", "r")
  local page = file and file:read("*n") or 0
  if file then file:close() end
  return page
end

local function turn_page()
  reader:close()
  writer:close()
  number, past, present, lines = math.max(number + 1, oldest()), present, {}, 0
  open()
end

local function catch_up()
  while reader do
    local line = reader:read("*L")
    if line == nil then return end
    if line:sub(-1) ~= "\n" then
      reader:seek("cur", -#line)
      return
    end
    if line == "\n" then
      turn_page()
    else
      local conversation, pin = line:match("^([^\t]+)\t([^\t]+)\n$")
      if conversation then
        present[conversation] = pin
        lines = lines + 1
      end
    end
  end
end

-- Once more in the next file, if another worker has just closed this one.
local function remember(conversation, pin)
  for _ = 1, 2 do
    if writer then
      writer:write(conversation, "\t", pin, "\n", lines + 1 >= LIMIT and "\n" or "")
      writer:flush()
      catch_up()
    end
    if present[conversation] == pin or past[conversation] == pin then return end
  end
  present[conversation] = pin
end

-- What the others wrote is read first: a worker that went by its own old page would not write down that the
-- conversation was heard from, and the others would forget it.
local function known_pin(conversation)
  catch_up()
  local known = present[conversation]
  return known or past[conversation], known ~= nil
end

-- A conversation that the table can hold, by the header that the routes name.
local function conversation_of(headers, sticky)
  local conversation = sticky and headers:get(sticky)
  if not conversation or conversation == "" then return nil, false end
  return conversation, #conversation <= LONGEST and not conversation:find("%c")
end

-- A share of the conversations is marked for whoever listens at the tap, whole: by the conversation's own name.
-- Names often differ in their last letters only, so what they sum up to is stirred (Park and Miller's generator).
-- The routes hash otherwise: no release gets more of those that are marked.
local PRIME = 2147483647
local function hash(text)
  local sum = 1
  for place = 1, #text do sum = (sum * 48271 + text:byte(place)) % PRIME end
  for _ = 1, 4 do sum = (sum * 48271) % PRIME end
  return sum / PRIME
end

local function mark(headers, share, drawn, fresh)
  if share and drawn < share then headers:add("x-esclusa-sample", fresh and "new" or "more") end
end

-- Send a request the way of its pin, and say that the routes are to be asked again.
local function send(handle, headers, pin)
  local arm, copied = pin:match("^([^+]+)%+?(.*)$")
  headers:add("x-esclusa-pin", arm)
  if copied ~= "" then headers:add("x-esclusa-copied", copied) end
  handle:clearRouteCache()
  return arm
end

-- What a customer thought of a conversation is noted in the log with the arm that serves it, and answered here.
local function hear(handle, headers, sticky, query)
  local conversation, held = conversation_of(headers, sticky)
  local said = headers:get(":method") == "POST" and query:match("^%?score=(%d*%.?%d+)$")
  local score = said and tonumber(said)
  local pin = held and known_pin(conversation)
  if score and score <= 1 and pin then
    headers:add("x-esclusa-conversation", conversation)
    headers:add("x-esclusa-opinion", said)
    headers:add("x-esclusa-opinion-of", pin:match("^[^+]+"))
    handle:respond({ [":status"] = "204" }, "")
    return
  end
  headers:add("x-esclusa-poll", "1")
  if score and score <= 1 and held then
    handle:respond({ [":status"] = "404" }, "no conversation of this name has been heard of late\n")
  else
    handle:respond({ [":status"] = "400" }, "expected POST with ?score= from 0 to 1, such as ?score=0.8, and the header "
      .. (sticky or "that names the conversation, which the strategy's `sticky` does not name yet") .. "\n")
  end
end

-- Envoy tells the filter context of the route that it chose first, and the metadata of the route as it is at
-- the first question: so the one is what the weights say, the other is whether the pin's route is there.
function envoy_on_request(handle)
  local headers, chosen = handle:headers(), handle:filterContext()
  local forged = headers:get("x-esclusa-pin")
  for _, ours in ipairs(OURS) do headers:remove(ours) end
  if forged then handle:clearRouteCache() end
  local polls = chosen:get("polls")
  if polls and polls[headers:get(":path")] then
    headers:add("x-esclusa-poll", "1")
    return
  end
  local heard = chosen:get("feedback")
  if heard then
    local path, query = headers:get(":path"):match("^([^?]*)(.*)$")
    if path == heard then return hear(handle, headers, chosen:get("sticky"), query) end
  end
  local share = chosen:get("sample")
  local drawn, copied = chosen:get("pin"), chosen:get("copied")
  if copied then drawn = drawn .. "+" .. copied end
  local conversation, held = conversation_of(headers, chosen:get("sticky"))
  if conversation then
    headers:add("x-esclusa-conversation", conversation)
  else
    mark(headers, share, math.random(), true)
  end
  if held then
    local pin, fresh = known_pin(conversation)
    mark(headers, share, hash(conversation), pin == nil)
    if pin then
      local arm = send(handle, headers, pin)
      if handle:metadata():get("pin") == arm then
        if not fresh then remember(conversation, pin) end
        return
      end
      headers:remove("x-esclusa-pin")
      headers:remove("x-esclusa-copied")
    end
    if not forged then remember(conversation, drawn) end
  end
  if copied and not forged then send(handle, headers, drawn) end
end

-- A router that replaces another reads what that one has written, and goes on with it.
number = math.max(number, oldest())
open()
catch_up()
