#!/usr/bin/env bash
# compile.sh [--runtime deno|bun|both] [--target TRIPLE]… [--out DIR] [--no-install]
#
# Builds the standalone executables `callsign`, `broker` and `worker`, runs each one built for this machine and compares
# what it prints with what its source prints, and writes DIR/SHA256SUMS (`cd DIR && sha256sum -c SHA256SUMS`).
#
#   --runtime   what to build with (default: both)
#   --target    what to build for (default: this machine); may be repeated:
#                 x86_64-unknown-linux-gnu   aarch64-unknown-linux-gnu   x86_64-apple-darwin   aarch64-apple-darwin
#                 x86_64-pc-windows-msvc   and, with Bun only,   x86_64-unknown-linux-musl   aarch64-unknown-linux-musl
#   --out       where to put them (default: dist):
#                 DIR/deno/callsign            for this machine
#                 DIR/deno-TRIPLE/callsign     for another
#
# A Deno executable is `denort`, which deno downloads, with our source behind it. Where the download cannot be had, get
# a denort of the very version of the deno in use elsewhere, and set
#   DENORT_BIN=/path/of/denort   DENO=/path/of/deno
# It serves for this machine only. Without one, --runtime both still builds with Bun and ends with 0; --runtime deno ends
# with 69.
#
# Exit status: 0 built and checked, 1 a build or a check failed, 64 usage, 69 something needed cannot be had.
set -euo pipefail
# shellcheck source=lib.sh source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PROGRAMS="callsign broker worker"

# set_permissions PROGRAM: all it may do with Deno. The broker calls libzmq and reads its settings; who can run
# any command, as the others do for their users, is held by nothing else either.
permissions=()
set_permissions() {
  case $1 in
    broker) permissions=(--no-prompt --allow-ffi --allow-env --allow-read) ;;
    *) permissions=(--no-prompt --allow-all) ;;
  esac
}

source_of() {
  case $1 in
    callsign) echo src/main.ts ;;
    *) echo "src/$1.ts" ;;
  esac
}

# bun_target TRIPLE: Deno's word for a system in Bun's words.
bun_target() {
  case $1 in
    x86_64-unknown-linux-gnu) echo bun-linux-x64 ;;
    aarch64-unknown-linux-gnu) echo bun-linux-arm64 ;;
    x86_64-unknown-linux-musl) echo bun-linux-x64-musl ;;
    aarch64-unknown-linux-musl) echo bun-linux-arm64-musl ;;
    x86_64-apple-darwin) echo bun-darwin-x64 ;;
    aarch64-apple-darwin) echo bun-darwin-arm64 ;;
    x86_64-pc-windows-msvc) echo bun-windows-x64 ;;
    *) return 1 ;;
  esac
}

this_machine() {
  local cpu
  case $(uname -m) in
    x86_64 | amd64) cpu=x86_64 ;;
    aarch64 | arm64) cpu=aarch64 ;;
    *) die 69 "there is no Deno and no Bun for this kind of machine: $(uname -m)" ;;
  esac
  if [ "$(uname -s)" = Darwin ]; then
    echo "$cpu-apple-darwin"
  elif getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    echo "$cpu-unknown-linux-gnu"
  else
    echo "$cpu-unknown-linux-musl"
  fi
}

runtime=both out="" targets=()
while [ $# -gt 0 ]; do
  option=$1
  case $option in
    -h | --help)
      print_help
      exit 0
      ;;
    --no-install)
      export CALLSIGN_NO_INSTALL=1
      shift
      continue
      ;;
    --*=*) value=${option#*=} ;;
    --runtime | --target | --out)
      value=${2:-}
      shift
      ;;
    *) usage_error "unknown argument \"$option\"" ;;
  esac
  if [ -z "$value" ] || [ $# -eq 0 ]; then usage_error "$option takes a value"; fi
  shift
  case ${option%%=*} in
    --runtime) runtime=$value ;;
    --target)
      bun_target "$value" >/dev/null || usage_error "unknown target \"$value\""
      targets+=("$value")
      ;;
    --out) out=$value ;;
    *) usage_error "unknown option \"$option\"" ;;
  esac
done
case $runtime in
  both) runtimes="deno bun" ;;
  deno | bun) runtimes=$runtime ;;
  *) usage_error "--runtime takes deno, bun or both, not \"$runtime\"" ;;
esac
here=$(this_machine)
if [ ${#targets[@]} -eq 0 ]; then targets=("$here"); fi

out=${out:-$ROOT/dist}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$ROOT"

work=$(mktemp -d)
running=""
cleanup() {
  if [ -n "$running" ]; then kill -KILL "$running" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap cleanup EXIT

# --- build ------------------------------------------------------------------------------------------------

# With nothing else beside it, no node_modules can end in the executable, and no path of this machine's in its text.
stage_source() {
  mkdir -p "$work/stage"
  cp -R src deno.json import_map.offline.json "$work/stage/"
}

# build_deno TRIPLE PROGRAM FILE
build_deno() {
  local map=${CALLSIGN_DENO_FLAGS:+--import-map=import_map.offline.json}
  set_permissions "$2"
  # check.sh looks at the types, with a compiler that knows every option of deno.json; an older deno does not.
  (cd "$work/stage" && "$CALLSIGN_DENO" compile --quiet --no-check ${map:+"$map"} "${permissions[@]}" \
    --target "$1" --output "$3" "$(source_of "$2")") </dev/null
}

# build_bun TRIPLE PROGRAM FILE
build_bun() {
  # Bytecode: it starts in 9 ms, without it in 15. The rest: what an executable does must not change with a .env or a
  # bunfig.toml of the folder it is run in.
  "$CALLSIGN_BUN" build --compile --minify --bytecode --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
    --target "$(bun_target "$1")" --outfile "$3" "$(source_of "$2")" </dev/null
}

# Whether deno can get a denort for TRIPLE at all; tried with a program of one line.
can_compile_deno() {
  : >"$work/empty.js"
  (cd "$work" && "$CALLSIGN_DENO" compile --quiet --no-config --no-check --target "$1" --output "$work/empty" empty.js) \
    >"$work/denort.log" 2>&1 </dev/null
}

# folder_of RUNTIME TRIPLE
folder_of() { if [ "$2" = "$here" ]; then echo "$1"; else echo "$1-$2"; fi; }

# --- check ------------------------------------------------------------------------------------------------

# from_source PROGRAM ARGUMENT…: runs the source, with the runtime in $made_with.
from_source() {
  local file
  file=$(source_of "$1")
  set_permissions "$1"
  shift
  case $made_with in
    deno) "$CALLSIGN_DENO" run --quiet --no-check ${CALLSIGN_DENO_FLAGS:+"$CALLSIGN_DENO_FLAGS"} "${permissions[@]}" "$file" "$@" ;;
    bun) "$CALLSIGN_BUN" "$file" "$@" ;;
  esac
}

# same_text FILE PROGRAM ARGUMENT…: the text, not the exit status, is what tells our program from a bare runtime, which
# is what a wrong denort yields.
same_text() {
  local file=$1 program=$2
  shift 2
  from_source "$program" "$@" >"$work/wanted" 2>&1 </dev/null || true
  (cd "$work" && limited 20 "$file" "$@") >"$work/printed" 2>&1 </dev/null || true
  if [ ! -s "$work/wanted" ]; then die 1 "$program $*: the source itself prints nothing"; fi
  if ! diff "$work/wanted" "$work/printed" >&2; then
    die 1 "\"$program $*\" of $file prints something else than its source (see above)"
  fi
}

# serves FILE ARGUMENT…: the broker opens a port, says so, and ends at SIGTERM as it should.
serves() {
  local file=$1 status=0 tries=0
  shift
  : >"$work/serves"
  "$file" "$@" --bind 'tcp://127.0.0.1:*' >"$work/serves" 2>&1 </dev/null &
  running=$!
  until grep -q '^Broker started, listening on tcp://127\.0\.0\.1:[1-9][0-9]*$' "$work/serves"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ] || ! kill -0 "$running" 2>/dev/null; then
      cat "$work/serves" >&2
      die 1 "$file $*: did not say that it listens (see above)"
    fi
    sleep 0.05
  done
  kill -TERM "$running"
  wait "$running" || status=$?
  running=""
  if [ "$status" -ne 143 ]; then die 1 "$file $*: ended with status $status at SIGTERM, not 143"; fi
}

check_executables() { # FOLDER
  local program
  same_text "$1/callsign" callsign --version
  for program in $PROGRAMS; do same_text "$1/$program" "$program" --help; done
  same_text "$1/worker" worker NAME --connect nonsense
  serves "$1/callsign" broker
  serves "$1/broker"
}

# --- all of it --------------------------------------------------------------------------------------------

own_denort=${DENORT_BIN:-}
stage_source
forget_settings
need_libzmq
for made_with in $runtimes; do
  if [ "$made_with" = deno ]; then
    CALLSIGN_DENO=${DENO:-${CALLSIGN_DENO:-}}
    need_deno
    pick_std_cli
  else
    need_bun
  fi
  for target in "${targets[@]}"; do
    if [ "$made_with" = deno ]; then
      case $target in
        *-musl)
          say "Deno has no executables for $target: skipped"
          if [ "$runtime" = deno ]; then exit 69; fi
          continue
          ;;
      esac
      unset DENORT_BIN
      if [ "$target" = "$here" ] && [ -n "$own_denort" ]; then export DENORT_BIN="$own_denort"; fi
      if ! can_compile_deno "$target"; then
        cat "$work/denort.log" >&2
        say "deno cannot get the denort it makes executables of (see above): none made with Deno for $target"
        if [ "$target" = "$here" ]; then
          say "set DENORT_BIN to a denort of the same version as deno, which is" \
            "$("$CALLSIGN_DENO" eval --no-config 'console.log(Deno.version.deno)'), and DENO to that deno if it is another"
        fi
        if [ "$runtime" = deno ]; then exit 69; fi
        continue
      fi
    fi
    folder=$out/$(folder_of "$made_with" "$target")
    suffix=""
    case $target in *-windows-*) suffix=.exe ;; esac
    rm -rf "$folder"
    mkdir -p "$folder"
    say "building for $target with $made_with"
    for program in $PROGRAMS; do
      quietly "build_$made_with" "$target" "$program" "$folder/$program$suffix" ||
        die 1 "cannot build $program for $target with $made_with (see above)"
    done
    if [ "$target" = "$here" ]; then
      say "running what was built with $made_with"
      check_executables "$folder"
    fi
  done
done

# Of all that is there, earlier builds included.
cd "$out"
files=$(find . -mindepth 2 -maxdepth 2 -type f \( -path './deno*' -o -path './bun*' \) | sed 's|^\./||' | sort)
if [ -z "$files" ]; then die 69 "nothing was built"; fi
if command -v sha256sum >/dev/null; then digest=(sha256sum); else digest=(shasum -a 256); fi
printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 "${digest[@]}" >SHA256SUMS
say "built in $out:"
printf '%s\n' "$files" | while IFS= read -r file; do
  say "  $(($(wc -c <"$file") / 1000000)) MB  $file"
done
