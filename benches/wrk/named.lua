-- The same body, to so many models in turns: m0, m1 and so on. One argument: how many.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
dofile(folder .. "predict.lua")

local requests, at = {}, 0

function init(arguments)
  for number = 0, tonumber(arguments[1]) - 1 do
    requests[number + 1] = wrk.format("POST", "/models/m" .. number .. "/predict")
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
