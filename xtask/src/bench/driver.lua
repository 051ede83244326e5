-- Drives one slice for wrk. The plan, a Lua table, is the script's one argument; the file is written by
-- `cargo xtask bench`. Every status is checked, and the body of one answer in sixteen.

local SAMPLE = 16
local threads = {}

-- Read by done(), which runs in another interpreter.
bad_status, bad_body, exhausted, first_bad = 0, 0, 0, ""

function setup(thread)
  table.insert(threads, thread)
end

local plan, round, turn, answers
local statuses, queue, head, tail = {}, {}, 1, 0

local function read_lines(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  return lines
end

-- Which request of the plan is sent when: the heavier ones more often, spread over the round.
local function spread(requests)
  local total, given, order = 0, {}, {}
  for index, request in ipairs(requests) do
    total = total + request.weight
    given[index] = 0
  end
  for place = 1, total do
    local best, most = 1, -math.huge
    for index, request in ipairs(requests) do
      local lag = request.weight * place - given[index] * total
      if lag > most then
        best, most = index, lag
      end
    end
    given[best] = given[best] + 1
    order[place] = best
  end
  return order
end

function init(arguments)
  plan = dofile(arguments[1])
  round, turn, answers = spread(plan.requests), 0, 0
  for _, request in ipairs(plan.requests) do
    statuses[request.status] = true
    if request.values then
      local values = read_lines(request.values)
      if request.mode == "cycle" then
        for index, value in ipairs(values) do
          values[index] = request.before .. value .. request.after
        end
        request.texts, request.next_text = values, 0
      else
        queue, tail = values, #values
      end
    elseif not request.counts then
      request.text = request.before .. request.after
    end
  end
end

function request()
  turn = turn + 1
  local request = plan.requests[round[(turn - 1) % #round + 1]]
  if request.texts then
    request.next_text = request.next_text % #request.texts + 1
    return request.texts[request.next_text]
  elseif request.text then
    return request.text
  elseif request.counts then
    return string.format("%s%012d%s", request.before, plan.serial + turn, request.after)
  end
  local value = queue[head]
  if value == nil then
    exhausted = exhausted + 1
    head, value = 1, queue[1]
  end
  if request.mode == "chain" then
    queue[head] = nil
  end
  head = head + 1
  return request.before .. value .. request.after
end

local function note(what, status, body)
  if first_bad == "" then
    first_bad = string.format("%s: status %d: %s", what, status, body:sub(1, 300):gsub('[%c"\\]', " "))
  end
end

function response(status, headers, body)
  answers = answers + 1
  if not statuses[status] then
    bad_status = bad_status + 1
    note("status", status, body)
    return
  end
  local only = plan.requests[1]
  if only.mode == "chain" then
    local value = body:match(only.next)
    if value then
      tail = tail + 1
      queue[tail] = value
    else
      bad_body = bad_body + 1
      note("body", status, body)
    end
  elseif answers % SAMPLE == 0 then
    for _, request in ipairs(plan.requests) do
      if body:find(request.contains, 1, true) then
        return
      end
    end
    bad_body = bad_body + 1
    note("body", status, body)
  end
end

function done(summary, latency)
  local counted = { bad_status = 0, bad_body = 0, exhausted = 0 }
  local first = ""
  for _, thread in ipairs(threads) do
    for name in pairs(counted) do
      counted[name] = counted[name] + thread:get(name)
    end
    if first == "" then
      first = thread:get("first_bad")
    end
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"secs":%.6f,"p50_us":%d,"p99_us":%d,"bad_status":%d,"bad_body":%d,"exhausted":%d,"broken":%d,"first_bad":"%s"}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    counted.bad_status, counted.bad_body, counted.exhausted,
    errors.connect + errors.read + errors.write + errors.timeout, first))
end
