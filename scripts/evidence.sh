#!/usr/bin/env bash
# evidence.sh [--runtime deno|bun] [--no-install]
#
# The tests that count what becomes of peers that are killed, frozen, cut off or doubled, far more often than CI has
# time for: 1,000 workers killed and started again in each of their forms, 100 brokers, 1,000 duplicates of one name in
# each dialect, 50 bodies of 64 MiB each way. Prints what was counted and how long it took, then what scripts/test.sh
# prints; ends as that does. Some ten minutes for each runtime.
#
# CALLSIGN_CYCLES, CALLSIGN_BROKER_CYCLES, CALLSIGN_DUPLICATE_CYCLES, CALLSIGN_BODIES   other counts
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n -e '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CALLSIGN_CYCLES=${CALLSIGN_CYCLES:-1000}
export CALLSIGN_BROKER_CYCLES=${CALLSIGN_BROKER_CYCLES:-100}
export CALLSIGN_DUPLICATE_CYCLES=${CALLSIGN_DUPLICATE_CYCLES:-1000}
export CALLSIGN_BODIES=${CALLSIGN_BODIES:-50}
export CALLSIGN_TEST_SECONDS=${CALLSIGN_TEST_SECONDS:-7200}
CALLSIGN_EVIDENCE=$(mktemp)
export CALLSIGN_EVIDENCE
trap 'rm -f "$CALLSIGN_EVIDENCE"' EXIT
status=0
tests=$(./scripts/test.sh "$@" tests/fault/worker_cycles_test.ts tests/fault/broker_cycles_test.ts \
  tests/fault/duplicates_test.ts tests/fault/half_open_test.ts tests/memory/large_bodies_test.ts) || status=$?
cat "$CALLSIGN_EVIDENCE"
printf '%s\n' "$tests"
exit "$status"
