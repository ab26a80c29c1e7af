-- The same body, with a pause before each request: `wrk … -- MILLISECONDS`.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)") or ""
dofile(folder .. "predict.lua")

local pause = 1

-- wrk builds the request itself, after this.
init = function(arguments)
  pause = tonumber(arguments[1]) or pause
end

delay = function()
  return pause
end
