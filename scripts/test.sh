#!/usr/bin/env bash
# test.sh [--runtime deno|bun] [--no-install] [TEST_FILE]…
#
# Gets what is missing (libzmq with headers, a C compiler, python3 with pyzmq, zsh, fish, mandoc, deno, bun), runs every
# test on both runtimes, and ends with one line: "N passed, N failed" (and ", N skipped" when some were), the sum of
# both runs.
# Exit status: 0 when all went well; 1 when a test failed, ran on one runtime only, or none ran; 69 when something
# is missing that cannot be installed.
#
#   --runtime deno|bun   this runtime only
#   --no-install         install nothing: end with 69 and name what is missing
#   TEST_FILE            only these files (default: every tests/**/*_test.ts)
#
# CI=true              a skipped test fails, unless its name says "not on this system"; tests may not skip for want of
#                      a tool (they see CALLSIGN_REQUIRE_ALL=1)
# CALLSIGN_EXECUTABLES a folder made by compile.sh: the tests of the executables run on those
# CALLSIGN_TEST_SECONDS  how long one file may take (default: 900)
# CALLSIGN_DENO, CALLSIGN_BUN, CALLSIGN_PYTHON, CALLSIGN_STD_CLI   choose the tools (see lib.sh)
set -euo pipefail
# shellcheck source=lib.sh source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

runtimes="deno bun"
files=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      print_help
      exit 0
      ;;
    --runtime)
      runtimes=${2:-}
      shift
      ;;
    --runtime=*) runtimes=${1#*=} ;;
    --no-install) export CALLSIGN_NO_INSTALL=1 ;;
    -*) usage_error "unknown option \"$1\"" ;;
    *) files+=("$1") ;;
  esac
  shift || usage_error "--runtime takes deno or bun"
done
case $runtimes in
  "deno bun" | deno | bun) ;;
  *) usage_error "--runtime takes deno or bun, not \"$runtimes\"" ;;
esac

# Names of files are taken from where the caller stands; all else from the root.
if [ ${#files[@]} -gt 0 ]; then
  for i in "${!files[@]}"; do
    if [ ! -f "${files[i]}" ]; then usage_error "no such test file: \"${files[i]}\""; fi
    files[i]=$(cd "$(dirname "${files[i]}")" && pwd)/$(basename "${files[i]}")
    files[i]=${files[i]#"$ROOT"/}
  done
else
  while IFS= read -r file; do files+=("$file"); done < <(cd "$ROOT" && find tests -name '*_test.ts' | sort)
  if [ ${#files[@]} -eq 0 ]; then
    say "there are no tests"
    echo "0 passed, 0 failed"
    exit 1
  fi
fi
cd "$ROOT"

need_test_tools
need_node
# The tests start programs of both runtimes, whichever they run on themselves.
need_runtimes
pick_std_cli
CALLSIGN_NODE=$(command -v node)
export CALLSIGN_NODE
if [ -n "${CALLSIGN_EXECUTABLES:-}" ]; then
  CALLSIGN_EXECUTABLES=$(cd "$CALLSIGN_EXECUTABLES" && pwd) || die 64 "CALLSIGN_EXECUTABLES names no folder"
  export CALLSIGN_EXECUTABLES
fi
if [ "${CI:-}" = true ]; then export CALLSIGN_REQUIRE_ALL=1; fi
forget_settings

# A test that never ends must not keep the others from running. (A Mac has no timeout(1).)
limit=()
if timeout --foreground 1 true 2>/dev/null; then limit=(timeout --foreground -k 10 "${CALLSIGN_TEST_SECONDS:-900}"); fi

# One process a file: when a file brings its process down (this is FFI), the others still count, and Deno's report
# does not otherwise say which file a nested test is of.
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
run_file() { # RUNTIME FILE REPORT
  case $1 in
    deno)
      "${limit[@]+"${limit[@]}"}" "$CALLSIGN_DENO" test --quiet --no-check --no-prompt \
        ${CALLSIGN_DENO_FLAGS:+"$CALLSIGN_DENO_FLAGS"} \
        --allow-ffi --allow-read --allow-write --allow-env --allow-run --allow-net --allow-sys \
        --junit-path="$3" "$2"
      ;;
    bun)
      "${limit[@]+"${limit[@]}"}" "$CALLSIGN_BUN" test --isolate --timeout 20000 \
        --reporter=junit --reporter-outfile="$3" "./$2"
      ;;
  esac
}
for runtime in $runtimes; do
  mkdir "$reports/$runtime"
  for file in "${files[@]}"; do
    say "$runtime: $file"
    report=$reports/$runtime/${file//\//%}
    status=0
    # One stream, in order; stdout is left to the count.
    run_file "$runtime" "$file" "$report.xml" </dev/null >&2 || status=$?
    echo "$status" >"$report.status"
    # Only ^C and the like: whoever asked for the end gets it.
    if [ "$status" -eq 130 ] || [ "$status" -eq 143 ]; then exit "$status"; fi
  done
done

node scripts/tally.mjs "$reports"
