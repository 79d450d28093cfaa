-- The requests that wrk sends. Arguments after `--`, each name=value:
--   path=/products/%d/styles   %d is replaced by an id; without it all requests are the same
--   low=1 high=50000           the range of ids, drawn at random; with order=sequence in order, repeatedly
--   hot=1000 share=0.9         this share of the ids is drawn from the first `hot`
--   method=PUT seed=7
-- Any other name is a header: accept-encoding=gzip.
-- Prints one line of JSON at the end.

local settings = { path = "/", low = 1, high = 1, hot = 1, share = 0, seed = 1, method = "GET", order = "random" }
local before, after, low, high, hot, share, next_id
local constant

function init(arguments)
   local headers = ""
   for _, argument in ipairs(arguments) do
      local name, value = argument:match("^([^=]+)=(.*)$")
      if settings[name] then settings[name] = value else headers = headers .. name .. ": " .. value .. "\r\n" end
   end
   low, high = tonumber(settings.low), tonumber(settings.high)
   hot, share = tonumber(settings.hot), tonumber(settings.share)
   next_id = low
   math.randomseed(tonumber(settings.seed))
   local head, tail = settings.path:match("^(.*)%%d(.*)$")
   before = settings.method .. " " .. (head or settings.path)
   local rest = " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\n" .. headers .. "\r\n"
   after = (tail or "") .. rest
   if not head then constant = before .. rest end
end

local function id()
   if settings.order == "sequence" then
      local id = next_id
      next_id = id < high and id + 1 or low
      return id
   end
   if share > 0 and math.random() < share then return math.random(low, low + hot - 1) end
   return math.random(low, high)
end

function request()
   return constant or before .. string.format("%d", id()) .. after
end

function done(summary, latency)
   local errors = summary.errors
   print(string.format(
      'JSON {"requests":%d,"us":%d,"bytes":%d,"p50_us":%d,"p99_us":%d,"errors":%d}',
      summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
      errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
