# shellcheck shell=bash
# Sourced by the other scripts: finds what they need, and goes for what is missing.
#
# Every need_* function is silent when nothing is missing, says on stderr what it gets, asks the network for
# nothing the second time, and where it cannot install prints the one command to run and ends with 69.
# CALLSIGN_NO_INSTALL=1 keeps all of them from installing anything.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=$ROOT/.cache
# `ldconfig` lives there, and the PATH of an ordinary user on Debian does not name it.
export PATH="$PATH:/usr/sbin:/sbin"

# The oldest ones this was run with. Bun before 1.4 has no `bun test --isolate`, without which test files share their
# globals; 2.4.2 is a Deno for which a matching denort is to be had where the download host is out of reach.
DENO_VERSION_MIN=2.4.2
BUN_VERSION_MIN=1.4.5

export DENO_NO_UPDATE_CHECK=1

say() { printf 'callsign: %s\n' "$*" >&2; }

# die STATUS TEXT…
die() {
  local status=$1
  shift
  say "$@"
  exit "$status"
}

usage_error() { die 64 "$* (see ${0##*/} --help)"; }

# The comment block at the top of a script is its help.
print_help() { sed -n -e '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# version_at_least HAVE WANTED
version_at_least() {
  local have=${1%%[-+]*} wanted=$2 part a b
  for part in 1 2 3; do
    a=$(printf '%s' "$have" | cut -d. -f"$part")
    b=$(printf '%s' "$wanted" | cut -d. -f"$part")
    if [ "${a:-0}" -gt "${b:-0}" ]; then return 0; fi
    if [ "${a:-0}" -lt "${b:-0}" ]; then return 1; fi
  done
}

# quietly COMMAND…: what it prints is shown only when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then cat "$log" >&2; fi
  rm -f "$log"
  return "$status"
}

# What users set for programs of their own must not change what a script of ours sees of them.
forget_settings() {
  local name
  for name in $(compgen -e CALLSIGN_); do
    case $name in
      CALLSIGN_BUN | CALLSIGN_DENO | CALLSIGN_DENO_FLAGS | CALLSIGN_NODE | CALLSIGN_PYTHON | CALLSIGN_STD_CLI) ;;
      CALLSIGN_LIBZMQ | CALLSIGN_NO_INSTALL | CALLSIGN_EXECUTABLES | CALLSIGN_REQUIRE_ALL | CALLSIGN_TEST_SECONDS) ;;
      CALLSIGN_CYCLES | CALLSIGN_*_CYCLES | CALLSIGN_BODIES | CALLSIGN_EVIDENCE) ;;
      *) unset "$name" ;;
    esac
  done
  # Their config file neither.
  export CALLSIGN_CONFIG=/dev/null
}

# --- packages of the system -------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() {
  [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

apt_install() {
  local get=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120)
  # Lists may be absent (containers) or out of date; refreshing them first would cost every other machine a
  # needless wait. One broken third-party list fails `update` but need not stop us.
  if as_root "${get[@]}" install --no-install-recommends "$@" >/dev/null 2>&1 </dev/null; then return 0; fi
  say "refreshing the package lists (apt)"
  as_root "${get[@]}" update >/dev/null 2>&1 </dev/null || true
  quietly as_root "${get[@]}" install --no-install-recommends "$@"
}

# install_packages WHAT APT APK DNF BREW: the packages of WHAT in each package manager, "" where it has none.
install_packages() {
  local what=$1 manager=none names="" by_hand
  if [ "$(uname -s)" = Darwin ]; then
    manager=brew names=$5
  elif command -v apt-get >/dev/null; then
    manager=apt names=$2
  elif command -v apk >/dev/null; then
    manager=apk names=$3
  elif command -v dnf >/dev/null; then
    manager=dnf names=$4
  fi
  case $manager in
    apt) by_hand="apt-get install -y $names" ;;
    apk) by_hand="apk add $names" ;;
    dnf) by_hand="dnf install -y $names" ;;
    brew) by_hand="brew install $names" ;;
  esac
  if [ -z "$names" ]; then
    die 69 "$what is missing, and this script does not know how to install it here; please install it"
  fi
  if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then by_hand="sudo $by_hand"; fi
  if [ -n "${CALLSIGN_NO_INSTALL:-}" ]; then die 69 "$what is missing; run: $by_hand"; fi
  if [ "$manager" = brew ]; then
    if ! command -v brew >/dev/null; then die 69 "$what is missing; get Homebrew (brew.sh), then run: $by_hand"; fi
  elif ! may_be_root; then
    die 69 "$what is missing; run: $by_hand"
  fi
  say "installing $names ($manager)"
  # The names are words of ours, to be split.
  # shellcheck disable=SC2086
  case $manager in
    apt) apt_install $names ;;
    apk) quietly as_root apk add --no-cache $names ;;
    dnf) quietly as_root dnf install -y $names ;;
    brew) quietly env HOMEBREW_NO_AUTO_UPDATE=1 brew install $names ;;
  esac || die 69 "cannot install $what; run: $by_hand"
}

# --- libzmq -----------------------------------------------------------------------------------------------

# Prints where a libzmq that can be loaded is.
find_libzmq() {
  local found name folder
  if [ -n "${CALLSIGN_LIBZMQ:-}" ]; then
    [ -e "$CALLSIGN_LIBZMQ" ] && printf '%s\n' "$CALLSIGN_LIBZMQ"
    return
  fi
  if command -v ldconfig >/dev/null; then
    found=$(ldconfig -p 2>/dev/null | sed -n 's/.*libzmq\.so[.0-9]* .*=> //p' | head -n 1)
    if [ -n "$found" ]; then
      printf '%s\n' "$found"
      return
    fi
  fi
  for folder in /usr/local/lib /opt/homebrew/lib /opt/local/lib /usr/lib64 /usr/lib /lib; do
    for name in libzmq.so.5 libzmq.5.dylib libzmq.so libzmq.dylib; do
      if [ -e "$folder/$name" ]; then
        printf '%s\n' "$folder/$name"
        return
      fi
    done
  done
  return 1
}

need_libzmq() {
  if find_libzmq >/dev/null; then return 0; fi
  if [ -n "${CALLSIGN_LIBZMQ:-}" ]; then die 69 "CALLSIGN_LIBZMQ names no file: \"$CALLSIGN_LIBZMQ\""; fi
  install_packages "libzmq (4.3.3 or later)" libzmq5 libzmq zeromq zeromq
  find_libzmq >/dev/null || die 69 "libzmq was installed, but is in none of the usual places; set CALLSIGN_LIBZMQ"
}

has_libzmq_headers() {
  local out status=0
  out=$(mktemp)
  printf '#include <zmq.h>\nint main(void) { return zmq_errno(); }\n' |
    "${CC:-cc}" -x c -o "$out" - -lzmq 2>/dev/null || status=1
  rm -f "$out"
  return "$status"
}

# The C compiler with zmq.h and the library to link with.
need_libzmq_headers() {
  # A compiler on a Mac does not look where Homebrew puts things.
  if [ -d /opt/homebrew/include ]; then
    export CPATH="/opt/homebrew/include${CPATH:+:$CPATH}" LIBRARY_PATH="/opt/homebrew/lib${LIBRARY_PATH:+:$LIBRARY_PATH}"
  fi
  if has_libzmq_headers; then return 0; fi
  if [ "$(uname -s)" = Darwin ] && ! command -v cc >/dev/null; then
    die 69 "a C compiler is missing; run: xcode-select --install"
  fi
  install_packages "a C compiler with libzmq's headers" \
    "libzmq3-dev gcc libc6-dev" "zeromq-dev gcc musl-dev" "zeromq-devel gcc" zeromq
  has_libzmq_headers || die 69 "the C compiler cannot build a program with libzmq"
}

# --- python -----------------------------------------------------------------------------------------------

# The first python3 of PATH may be one that knows nothing of the system's packages (pyenv, conda): ask each.
find_python_zmq() {
  local python
  for python in "${CALLSIGN_PYTHON:-}" python3 /usr/bin/python3 /opt/homebrew/bin/python3; do
    if [ -n "$python" ] && "$python" -c 'import zmq, sys; print(sys.executable)' 2>/dev/null; then return 0; fi
  done
  return 1
}

# Sets CALLSIGN_PYTHON to a python3 that can `import zmq`.
need_python_zmq() {
  if ! CALLSIGN_PYTHON=$(find_python_zmq); then
    if [ "$(uname -s)" = Darwin ]; then die 69 "pyzmq is missing; run: python3 -m pip install --user pyzmq"; fi
    install_packages "python3 with pyzmq" python3-zmq py3-pyzmq python3-zmq ""
    CALLSIGN_PYTHON=$(find_python_zmq) || die 69 "pyzmq was installed, but no python3 can import it; set CALLSIGN_PYTHON"
  fi
  export CALLSIGN_PYTHON
}

# --- shells and man pages ---------------------------------------------------------------------------------

# What the tests of completions and man pages want beside bash. Where it cannot be had they are skipped, which in CI is
# a failure.
need_completion_tools() {
  local name missing=""
  for name in zsh fish mandoc; do
    if ! command -v "$name" >/dev/null; then missing="$missing${missing:+ }$name"; fi
  done
  if [ -z "$missing" ]; then return 0; fi
  # In a shell of its own, for it would end this one.
  (install_packages "what tests completions and man pages ($missing)" "$missing" "$missing" "$missing" "$missing") ||
    say "tests that need $missing are skipped"
}

# What looks at the units of examples/systemd. Only CI goes for it, where it may not be missing: a machine that has no
# systemd should not get one for the sake of a test.
need_systemd_tools() {
  if [ "${CI:-}" != true ] || command -v systemd-analyze >/dev/null; then return 0; fi
  if command -v apt-get >/dev/null || command -v dnf >/dev/null; then
    install_packages "systemd-analyze" systemd "" systemd ""
  fi
}

# need_test_tools: all that the tests want of the system, in one go and one command.
need_test_tools() {
  if ! has_libzmq_headers || ! find_python_zmq >/dev/null; then
    if [ "$(uname -s)" != Darwin ]; then
      install_packages "what the tests need (a C compiler, libzmq with headers, pyzmq)" \
        "libzmq3-dev gcc libc6-dev python3-zmq" "zeromq-dev gcc musl-dev py3-pyzmq" "zeromq-devel gcc python3-zmq" ""
    fi
  fi
  need_libzmq_headers
  need_libzmq
  need_python_zmq
  need_completion_tools
  need_systemd_tools
}

# --- runtimes ---------------------------------------------------------------------------------------------

need_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    die 69 "node and npm are missing; install Node.js 20 or later"
  fi
}

# Whether ./node_modules holds exactly what package.json pins.
has_node_modules() {
  # shellcheck disable=SC2016
  (cd "$ROOT" && node -e '
    const { devDependencies } = require("./package.json");
    for (const [name, wanted] of Object.entries(devDependencies)) {
      if (require(`./node_modules/${name}/package.json`).version !== wanted) process.exit(1);
    }') 2>/dev/null
}

# npm may be set to run no scripts of packages, and the one of bun puts its program in place; it cannot run twice.
link_npm_bun() {
  "$1/node_modules/.bin/bun" --version >/dev/null 2>&1 || (cd "$1/node_modules/bun" && quietly node install.js)
}

# Installed beside and moved: neither an interruption nor a second script at work leaves half of it.
install_node_modules() (
  mkdir -p "$CACHE"
  stage=$(mktemp -d "$CACHE/npm.XXXXXX")
  trap 'rm -rf "$stage"' EXIT
  cp "$ROOT/package.json" "$ROOT/package-lock.json" "$stage/" || return 1
  quietly npm --prefix "$stage" ci --ignore-scripts --no-audit --no-fund && link_npm_bun "$stage" || return 1
  if [ -e "$ROOT/node_modules" ]; then mv "$ROOT/node_modules" "$stage/old"; fi
  mv "$stage/node_modules" "$ROOT/node_modules"
)

# The packages of package.json, exactly as locked.
need_node_modules() {
  need_node
  if has_node_modules && link_npm_bun "$ROOT"; then return 0; fi
  if [ -n "${CALLSIGN_NO_INSTALL:-}" ]; then die 69 "node_modules is missing or old; run: npm ci"; fi
  say "installing deno, bun and the other development packages into node_modules (npm)"
  install_node_modules || die 69 "npm could not install the development packages (see above)"
}

# probe_… PROGRAM: prints its real path when it is recent enough. The `deno` and `bun` of a global npm package are wrappers that
# pass no signal on to the program they start, so what is used is what the runtime itself says it is.
probe_deno() {
  local answer
  answer=$("$1" eval --no-config 'console.log(Deno.version.deno + " " + Deno.execPath())' 2>/dev/null) || return 1
  version_at_least "${answer%% *}" "$DENO_VERSION_MIN" && printf '%s\n' "${answer#* }"
}

probe_bun() {
  local answer
  answer=$("$1" -e 'console.log(Bun.version + " " + process.execPath)' 2>/dev/null) || return 1
  version_at_least "${answer%% *}" "$BUN_VERSION_MIN" && printf '%s\n' "${answer#* }"
}

# need_runtime NAME PROBE MINIMUM CHOSEN: prints the program to use.
need_runtime() {
  local name=$1 probe=$2 minimum=$3 chosen=$4
  if [ -n "$chosen" ]; then
    "$probe" "$chosen" || die 69 "\"$chosen\" is not $name $minimum or later"
    return
  fi
  if command -v "$name" >/dev/null && "$probe" "$name"; then return; fi
  need_node_modules
  "$probe" "$ROOT/node_modules/.bin/$name" || die 69 "the $name of node_modules does not run; remove node_modules and try again"
}

need_deno() {
  CALLSIGN_DENO=$(need_runtime deno probe_deno "$DENO_VERSION_MIN" "${CALLSIGN_DENO:-}") || exit $?
  export CALLSIGN_DENO
}

need_bun() {
  CALLSIGN_BUN=$(need_runtime bun probe_bun "$BUN_VERSION_MIN" "${CALLSIGN_BUN:-}") || exit $?
  export CALLSIGN_BUN
}

need_runtimes() {
  need_deno
  need_bun
}

# --- @std/cli ---------------------------------------------------------------------------------------------

STD_CLI=jsr:@std/cli@^1/parse-args

# limited SECONDS COMMAND…: a Mac has no timeout(1), and waits for the network's own limit instead.
limited() {
  local seconds=$1
  shift
  if command -v timeout >/dev/null; then timeout "$seconds" "$@"; else "$@"; fi
}

# std_cli_cached: whether Deno can load @std/cli with no network at all.
std_cli_cached() { (cd / && "$CALLSIGN_DENO" cache -q --no-config --cached-only "$STD_CLI") >/dev/null 2>&1 </dev/null; }

std_cli_fetched() { (cd / && limited 10 "$CALLSIGN_DENO" cache -q --no-config "$STD_CLI") >/dev/null 2>&1 </dev/null; }

# Sets CALLSIGN_DENO_FLAGS, to "" or to one flag (one argument, whatever spaces it has): the package itself where it
# can be had, else our adapter. The answer is kept in .cache/std-cli (remove it to be asked again), for on some networks
# the question takes ten seconds.
pick_std_cli() {
  local choice=${CALLSIGN_STD_CLI:-} remembered=""
  if [ -z "$choice" ] && [ -f "$CACHE/std-cli" ]; then
    remembered=$(cat "$CACHE/std-cli")
    # The package may have left Deno's cache since.
    if [ "$remembered" = adapter ] || { [ "$remembered" = jsr ] && std_cli_cached; }; then choice=$remembered; fi
  fi
  if [ -z "$choice" ]; then
    if std_cli_cached || { [ -z "${CALLSIGN_NO_INSTALL:-}" ] && std_cli_fetched; }; then
      choice=jsr
    else
      choice=adapter
      say "JSR is out of reach: using the adapter src/cli/parse_args.ts in place of @std/cli"
    fi
    mkdir -p "$CACHE"
    printf '%s\n' "$choice" >"$CACHE/std-cli"
  fi
  case $choice in
    jsr) CALLSIGN_DENO_FLAGS="" ;;
    adapter) CALLSIGN_DENO_FLAGS="--import-map=$ROOT/import_map.offline.json" ;;
    *) die 64 "CALLSIGN_STD_CLI is \"$choice\", and may be \"jsr\" or \"adapter\"" ;;
  esac
  export CALLSIGN_DENO_FLAGS
}
