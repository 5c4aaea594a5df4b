#!/usr/bin/env bash
# demo.sh [--runtime deno|bun|both] [--no-install]
#
# Gets what is missing, then shows callsign at work: one broker and two named workers, a conversation with each, one
# worker killed and brought back under its name, a program asked by its name. Ends by itself within 20 seconds (not counting what it had to
# install), with 0 when everything that had to be seen was seen, else with 1.
#
#   --runtime deno|bun|both   both is the broker on Bun and one worker on each (default: both, or Bun alone where there
#                             is no Deno to be had)
#   --no-install              install nothing: end with 69 and name what is missing
set -euo pipefail
# shellcheck source=lib.sh source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

runtime=""
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      print_help
      exit 0
      ;;
    --runtime)
      runtime=${2:-nothing}
      if [ $# -gt 1 ]; then shift; fi
      ;;
    --runtime=*) runtime=${1#*=} ;;
    --no-install) export CALLSIGN_NO_INSTALL=1 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  shift
done
case $runtime in
  "" | both | deno | bun) ;;
  *) usage_error "--runtime takes deno, bun or both, not \"$runtime\"" ;;
esac

cd "$ROOT"
need_libzmq
if [ -z "$runtime" ]; then
  runtime=both
  # There is none for musl, for one. In a shell of its own, for it would end this one.
  if ! (need_deno); then
    say "no Deno: showing all of it on Bun"
    runtime=bun
  fi
fi
if [ "$runtime" != deno ]; then need_bun; fi
if [ "$runtime" != bun ]; then
  need_deno
  pick_std_cli
fi
case $runtime in
  both) broker_on=bun a_on=deno b_on=bun ;;
  *) broker_on=$runtime a_on=$runtime b_on=$runtime ;;
esac
forget_settings

work=$(mktemp -d)
log=$work/log
: >"$log"
children=()
cleanup() {
  # What bash says about the jobs it loses here is of no use to anybody.
  exec 2>/dev/null
  local pid
  for pid in "${children[@]+"${children[@]}"}"; do kill -KILL "$pid" || true; done
  wait
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

started=$SECONDS
act() { printf '\n--- %s\n' "$*"; }

fail() {
  printf '\n'
  die 1 "the demo failed: $*"
}

# Shows each line that comes in with the name of who says it, and keeps it for await.
narrate() {
  local line
  while IFS= read -r line; do
    printf '%-8s | %s\n' "$1" "$line"
    printf '%s|%s\n' "$1" "$line" >>"$log"
  done
}

# run WHO RUNTIME PROGRAM ARGUMENT…: starts it; sets $pid.
run() {
  local who=$1 on=$2 program=$3 pipe
  shift 3
  pipe=$work/pipe.${#children[@]}
  mkfifo "$pipe"
  narrate "$who" <"$pipe" &
  children+=("$!")
  start "$on" "$program" "$@" >"$pipe" 2>&1 </dev/null &
  pid=$!
  children+=("$pid")
}

# start RUNTIME PROGRAM ARGUMENT…: becomes it.
start() {
  local on=$1 file=src/$2.ts
  shift 2
  case $on in
    deno)
      exec "$CALLSIGN_DENO" run --quiet --no-check ${CALLSIGN_DENO_FLAGS:+"$CALLSIGN_DENO_FLAGS"} --allow-all "$file" "$@"
      ;;
    bun) exec "$CALLSIGN_BUN" "$file" "$@" ;;
  esac
}

count() { grep -c -F -x -- "$1|$2" "$log" || true; } # WHO LINE

# await WHO LINE TIMES PID: until WHO has said that very line so often; PID must stay alive meanwhile.
await() {
  local until=$((SECONDS + 6))
  while [ "$(count "$1" "$2")" -lt "$3" ]; do
    if ! kill -0 "$4" 2>/dev/null; then fail "$1 ended before it said \"$2\""; fi
    if [ "$SECONDS" -ge "$until" ]; then fail "$1 has not said \"$2\" ($3 times) within 6 seconds"; fi
    sleep 0.05
  done
}

# end WHO PID SIGNAL STATUS: sends the signal and waits for it to end with that status.
end() {
  local status=0 tries=0
  # Bash has something to say about a job that was killed.
  {
    kill "-$3" "$2" || true
    while kill -0 "$2" && [ "$tries" -lt 100 ]; do
      tries=$((tries + 1))
      sleep 0.05
    done
    if [ "$tries" -lt 100 ]; then wait "$2" || status=$?; fi
  } 2>/dev/null
  if [ "$tries" -ge 100 ]; then fail "$1 is still there 5 seconds after SIG$3"; fi
  if [ "$status" -ne "$4" ]; then fail "$1 ended with status $status at SIG$3, not $4"; fi
}

act "a broker ($broker_on), on a port the system chooses"
run broker "$broker_on" broker --bind 'tcp://127.0.0.1:*'
broker=$pid
endpoint=""
tries=0
while [ -z "$endpoint" ]; do
  endpoint=$(sed -n 's/^broker|Broker started, listening on //p' "$log")
  tries=$((tries + 1))
  if [ "$tries" -gt 200 ] || ! kill -0 "$broker" 2>/dev/null; then fail "the broker did not say that it listens"; fi
  sleep 0.05
done

act "two workers: WORKER_A ($a_on) and WORKER_B ($b_on)"
run WORKER_A "$a_on" worker WORKER_A --connect "$endpoint"
worker_a=$pid
run WORKER_B "$b_on" worker WORKER_B --connect "$endpoint"
worker_b=$pid
for name in WORKER_A WORKER_B; do
  if [ "$name" = WORKER_A ]; then pid=$worker_a; else pid=$worker_b; fi
  await broker "New worker connected with identity: $name" 1 "$broker"
  await "$name" "Received reply: ACK: Hello from $name" 1 "$pid"
  await "$name" "Received reply: ACK: Working on task...$name" 1 "$pid"
done

act "WORKER_A is killed (SIGKILL)"
end WORKER_A "$worker_a" KILL 137

act "WORKER_A comes back under its name"
before=$(count WORKER_B "Received reply: ACK: Working on task...WORKER_B")
run WORKER_A "$a_on" worker WORKER_A --connect "$endpoint"
worker_a=$pid
await WORKER_A "Received reply: ACK: Hello from WORKER_A" 2 "$worker_a"
await WORKER_A "Received reply: ACK: Working on task...WORKER_A" 2 "$worker_a"

act "WORKER_B did not notice"
await WORKER_B "Received reply: ACK: Working on task...WORKER_B" $((before + 1)) "$worker_b"
if [ "$(count WORKER_B "Received reply: ACK: Hello from WORKER_B")" -ne 1 ]; then fail "WORKER_B had to say hello again"; fi

act "a program that is asked by its name: tr a-z A-Z, as web-3 ($b_on)"
run web-3 "$b_on" main worker web-3 --connect "$endpoint" -- tr a-z A-Z
web_3=$pid
await web-3 "callsign: Online as web-3 at $endpoint" 1 "$web_3"
printf '%-8s | %s\n' shell "\$ echo hello | callsign request web-3"
answer=$(echo hello | (start "$a_on" main request web-3 --connect "$endpoint")) || fail "the request ended with $?"
printf '%-8s | %s\n' shell "$answer"
if [ "$answer" != HELLO ]; then fail "web-3 answered \"$answer\""; fi

act "all are told to end (SIGTERM)"
end WORKER_A "$worker_a" TERM 143
end WORKER_B "$worker_b" TERM 143
end web-3 "$web_3" TERM 0
end broker "$broker" TERM 143

# The last lines may still be on their way.
wait
printf '\nSeen: both workers answered, WORKER_A again after it was killed, and web-3 did what it was asked; %s seconds.\n' "$((SECONDS - started))"
