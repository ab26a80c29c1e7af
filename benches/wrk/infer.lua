-- The same flower as one row of the Open Inference Protocol, for servers that speak nothing else.
local folder = debug.getinfo(1, "S").source:match("^@(.*/)") or ""
dofile(folder .. "predict.lua")

wrk.path = "/v2/models/iris/infer"
wrk.body = '{"inputs": [{"name": "input-0", "shape": [1, 4], "datatype": "FP64", "data": '
  .. '[6.765352725982666, 2.824432849884033, 4.90852165222168, 1.8131520748138428]}]}'
