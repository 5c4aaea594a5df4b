#!/usr/bin/env bash
# check.sh [--no-install]
#
# Everything that can be said about the source without running it: format, lint, types for Deno and for Bun, the
# documentation of what src/mod.ts exports, and the shell scripts (when shellcheck is there). All checks run; the exit
# status is 1 when one of them failed, 69 when something is missing that cannot be installed.
set -euo pipefail
# shellcheck source=lib.sh source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      print_help
      exit 0
      ;;
    --no-install) export CALLSIGN_NO_INSTALL=1 ;;
    *) usage_error "unknown argument \"$1\"" ;;
  esac
  shift
done

cd "$ROOT"
need_node_modules
# Formatting and lint rules change from version to version: the pinned one has the say, not that of PATH.
CALLSIGN_DENO=${CALLSIGN_DENO:-$ROOT/node_modules/.bin/deno}
need_deno
pick_std_cli

failures=0
check() { # WHAT COMMAND…
  say "checking $1"
  shift
  quietly "$@" || failures=$((failures + 1))
}

folders=()
for folder in src tests bench examples; do
  if [ -n "$(find "$folder" -name '*.ts' -print 2>/dev/null | head -n 1)" ]; then folders+=("$folder"); fi
done

check "format" "$CALLSIGN_DENO" fmt --check
check "lint" "$CALLSIGN_DENO" lint
check "types for Deno" "$CALLSIGN_DENO" check --quiet ${CALLSIGN_DENO_FLAGS:+"$CALLSIGN_DENO_FLAGS"} "${folders[@]}"
check "types for Bun" node node_modules/typescript/bin/tsc --noEmit -p tsconfig.json
check "documentation of src/mod.ts" "$CALLSIGN_DENO" doc --quiet --lint ${CALLSIGN_DENO_FLAGS:+"$CALLSIGN_DENO_FLAGS"} src/mod.ts
if command -v shellcheck >/dev/null; then
  check "shell scripts" shellcheck -x scripts/*.sh .ci/run
fi

if [ "$failures" -gt 0 ]; then die 1 "$failures of the checks failed"; fi
