#!/usr/bin/env bash
# man.sh [--no-install]
#
# Writes docs/man: the man pages of callsign and of each of its commands, from the table of commands and flags in
# src/cli. To be run after each change of these; tests/cli/man_test.ts fails until it was.
#
#   --no-install   install nothing: end with 69 and name what is missing
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
need_bun
# Made beside and moved: neither pages of commands that are no more stay behind, nor half of the pages are written.
mkdir -p "$CACHE" docs
stage=$(mktemp -d "$CACHE/man.XXXXXX")
trap 'rm -rf "$stage"' EXIT
# shellcheck disable=SC2016
STAGE=$stage "$CALLSIGN_BUN" -e '
  import fs from "node:fs";
  import { manPages } from "./src/cli/man/pages.ts";
  for (const [name, text] of manPages()) fs.writeFileSync(`${process.env.STAGE}/${name}`, text);
'
chmod 755 "$stage"
rm -rf docs/man
mv "$stage" docs/man
say "docs/man: $(find docs/man -name '*.1' | wc -l | tr -d ' ') pages"
