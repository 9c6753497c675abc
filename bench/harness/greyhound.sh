#!/bin/bash
# Greyhound as one of the agents that an outbound MTA harness drives: setup, start, stop, release,
# count, mailq, runqueue and spool, each with the environment that the harness hands in (RUN,
# INJECT_HOST, INJECT_PORT, SINK_HOST, SINK_PORT, MODE, DOMAINS, CONC, RETRY_S, RETRY_MAX_S).
# GREYHOUND names the binary.
. "$(dirname "$0")/common.sh"
export GREYHOUND_CONFIG=$RUN/etc

routes() {
  if ((DOMAINS <= 1)); then
    printf '{ "domain": "*", "next_hops": [ { "host": "%s", "port": %d } ] }' "$SINK_HOST" "$SINK_PORT"
    return
  fi
  domains | while read -r domain address; do
    printf '%s{ "domain": "%s", "next_hops": [ { "host": "%s", "port": %d } ] }' \
      "${comma:-}" "$domain" "$address" "$SINK_PORT"
    comma=$',\n    '
  done
}

# A queue that is held delivers to nobody; to release it the agent starts again.
write_config() {
  mkdir -p "$RUN/etc"
  local per_site=20 total=500
  ((CONC > 0)) && per_site=$CONC total=1000
  [ "$1" = hold ] && total=0
  cat >"$RUN/etc/greyhound.json" <<C
{
  "hostname": "mx.bench.test",
  "state_dir": "$RUN/spool",
  "control": { "socket": "$RUN/control.sock" },
  "intake": { "listeners": [ { "address": "$INJECT_HOST", "port": $INJECT_PORT } ] },
  "smtp": { "concurrency": { "per_site": $per_site, "total": $total }, "tls": { "level": "none" } },
  "routes": [ $(routes) ]
}
C
  cat >"$RUN/etc/retry.json" <<C
{ "rules": [ { "name": "default", "retry": [ "${RETRY_S}s", "${RETRY_MAX_S}s" ],
               "greylist": [ "${RETRY_S}s", "${RETRY_MAX_S}s" ] } ] }
C
}

start() {
  setsid "$GREYHOUND" run >>"$RUN/log" 2>&1 &
  echo $! >"$RUN/pid"
}
# One that has ended and that nobody has waited for yet is none; init may take seconds for that.
is_running() {
  grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"
}
stop() {
  local pid
  pid=$(cat "$RUN/pid")
  kill "$pid" && while is_running "$pid"; do sleep 0.02; done
}

case $1 in
setup) write_config "$MODE" ;;
start) start ;;
stop) stop ;;
release)
  stop
  write_config live
  start
  ;;
count) "$GREYHOUND" queue list --json | wc -l ;;
mailq) "$GREYHOUND" queue list ;;
runqueue) : ;; # it waits for the time of each, it does not walk the queue
spool) echo "$RUN/spool" ;;
esac
