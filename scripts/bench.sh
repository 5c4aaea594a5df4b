#!/usr/bin/env bash
# bench.sh [OPTION]…
#
# Gets what is missing (libzmq with headers, a C compiler, python3 with pyzmq, zeromq.js, deno, bun)
# and measures callsign's broker against the same broker in C, pyzmq and zeromq.js: CPU, throughput,
# latency, start-up, memory.
# About three minutes, fifteen seconds with --quick. All options but the first four go to bench/run.ts:
#
#   --no-install         install nothing: end with 69 and name what is missing
#   --idle               measure only what a waiting broker costs, over 20 seconds each
#   --peers              measure only one broker with 10 to 5,000 named peers; with --help: its own options
#   --only oneshot       measure only what one request costs from a shell, beside pyzmq and gearman; with --help: its own
#                        options. Gets gearman too, where it can (Debian starts its gearmand as a service)
#   --quick              one short round, and rough
#   --only PARTS         of echo,forward,latency,startup,memory (default: all)
#   --targets TARGETS    of c,bun,deno,bun-executable,deno-executable,bun-loop,deno-loop,pyzmq,zeromq.js
#                        (default: all)
#   --sizes BYTES        body sizes, such as 20,1024,65536 (default: 20)
#   --rounds N           rounds, of which medians are taken (default: 5)
#   --seconds S          length of each measured load (default: 1.5)
#   --json FILE          write every figure of every round to FILE
#   --markdown           print the table of the README instead of the full ones
#
# CALLSIGN_EXECUTABLES a folder made by compile.sh: its executables take part
# CALLSIGN_DENO, CALLSIGN_BUN, CALLSIGN_PYTHON, CALLSIGN_STD_CLI   choose the tools (see lib.sh)
set -euo pipefail
# shellcheck source=lib.sh source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Only compared with: where it cannot be had, the others are measured without it.
want_gearman() {
  if command -v gearman >/dev/null && command -v gearmand >/dev/null; then return 0; fi
  (install_packages gearman "gearman-tools gearman-job-server" gearmand gearmand gearman) || say "measuring without gearman"
}

options=() program=run.ts
while [ $# -gt 0 ]; do
  option=$1
  shift
  case $option in
    -h | --help)
      if [ "$program" = run.ts ]; then
        print_help
        exit 0
      fi
      options+=("$option")
      ;;
    --no-install) export CALLSIGN_NO_INSTALL=1 ;;
    --idle) program=idle.ts ;;
    --peers) program=many.ts ;;
    --only=oneshot) program=oneshot.ts ;;
    --only)
      if [ "${1:-}" = oneshot ]; then
        program=oneshot.ts
        shift
      else
        options+=("$option")
      fi
      ;;
    *) options+=("$option") ;;
  esac
done

need_libzmq
need_libzmq_headers
need_python_zmq
need_node_modules
need_runtimes
pick_std_cli
if [ "$program" = oneshot.ts ]; then want_gearman; fi
exec "$CALLSIGN_BUN" "$ROOT/bench/$program" ${options[@]+"${options[@]}"}
