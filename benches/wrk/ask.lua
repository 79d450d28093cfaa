-- What wrk asks for. Arguments behind `--`, each name=value:
--   path=/products/%d/styles   %d stands for an id; without it every request is the same one
--   low=1 high=50000           ids, drawn at random, or with order=sequence one after the other and then again
--   hot=1000 share=0.9         so often the id is one of the first `hot`
--   method=PUT seed=7
-- Any other name is a header: accept-encoding=gzip.
-- Prints one line of JSON at the end.

local settings = { path = "/", low = 1, high = 1, hot = 1, share = 0, seed = 1, method = "GET", order = "random" }
local before, after, low, high, hot, share, following
local only

function init(arguments)
   local headers = ""
   for _, argument in ipairs(arguments) do
      local name, value = argument:match("^([^=]+)=(.*)$")
      if settings[name] then settings[name] = value else headers = headers .. name .. ": " .. value .. "\r\n" end
   end
   low, high = tonumber(settings.low), tonumber(settings.high)
   hot, share = tonumber(settings.hot), tonumber(settings.share)
   following = low
   math.randomseed(tonumber(settings.seed))
   local head, tail = settings.path:match("^(.*)%%d(.*)$")
   before = settings.method .. " " .. (head or settings.path)
   local rest = " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\n" .. headers .. "\r\n"
   after = (tail or "") .. rest
   if not head then only = before .. rest end
end

local function id()
   if settings.order == "sequence" then
      local this = following
      following = this < high and this + 1 or low
      return this
   end
   if share > 0 and math.random() < share then return math.random(low, low + hot - 1) end
   return math.random(low, high)
end

function request()
   return only or before .. string.format("%d", id()) .. after
end

function done(summary, latency)
   local errors = summary.errors
   print(string.format(
      'JSON {"requests":%d,"us":%d,"bytes":%d,"p50_us":%d,"p99_us":%d,"errors":%d}',
      summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
      errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
