-- wrk's requests: those of a file, one after the other. Each is `LENGTH\n` and so many bytes.
local requests, turn = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*l")
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  turn = turn + 1
  return requests[(turn - 1) % #requests + 1]
end

function done(summary, latency, _)
  local answered = summary.requests - summary.errors.status
  io.write(string.format(
    '{"answered":%d,"refused":%d,"lost":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"p999_ms":%f}\n',
    answered, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
