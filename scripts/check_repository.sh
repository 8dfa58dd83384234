#!/bin/sh
# Rules for all files of the repository that no linter knows: no paths of one machine, no addresses
# of package registries, no stray notes.
set -eu
cd "$(dirname "$0")/.."

status=0
forbid() {
    if found=$(git grep --untracked -nIE "$2" -- . ':!locks' ':!scripts/check_repository.sh'); then
        printf '%s:\n%s\n' "$1" "$found" >&2
        status=1
    fi
}

forbid 'Paths of one machine' '(^|[^A-Za-z0-9_.])/(work|root|home/[a-z]+)/'
forbid 'Notes to oneself' '\b(TODO|FIXME|XXX)\b'
if grep -nE 'https?://' locks/*.lock >&2; then
    echo 'The locks must not hold addresses.' >&2
    status=1
fi
exit $status
