#!/usr/bin/env bash
# deno.sh SUBCOMMAND [ARGUMENT]…
#
# Runs deno with the import map this machine needs: the real @std/cli where JSR can be reached, our adapter for it
# where it cannot. Gets deno when there is none.
#
#   ./scripts/deno.sh run --allow-ffi --allow-env src/broker.ts
#
# CALLSIGN_DENO      the deno to use (default: that of PATH when recent enough, else the pinned one from npm)
# CALLSIGN_STD_CLI   jsr or adapter: do not ask, use this one
set -euo pipefail
# shellcheck source=lib.sh source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
  "" | -h | --help)
    print_help
    if [ $# -eq 0 ]; then exit 64; fi
    exit 0
    ;;
esac

subcommand=$1
shift
need_deno
case $subcommand in
  # These take no import map.
  fmt | lint | -* | task | completions | help | types | upgrade | clean) exec "$CALLSIGN_DENO" "$subcommand" "$@" ;;
esac
pick_std_cli
exec "$CALLSIGN_DENO" "$subcommand" ${CALLSIGN_DENO_FLAGS:+"$CALLSIGN_DENO_FLAGS"} "$@"
