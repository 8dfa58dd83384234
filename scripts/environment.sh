#!/bin/sh
# Make the project's virtual environment from the hashed locks. Called by the Makefile only:
#   environment.sh bootstrap     .venv itself, and the installer in .venv/bootstrap
#   environment.sh runtime|dev   exactly the packages of that lock, and the project in place
set -eu
cd "$(dirname "$0")/.."
environment=.venv

fail() {
    echo "make: $1" >&2
    exit 1
}

is_suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
        if is_suitable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1 || true)
    fail "Python 3.11, 3.12 or 3.13 is needed, found: ${found:-none}. Name one: make PYTHON=/path/to/python3.11"
}

make_virtual_environment() {
    if ! "$1" -m venv "$2" >"$environment.log" 2>&1; then
        cat "$environment.log" >&2
        rm -f "$environment.log"
        fail "$1 cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"
    fi
    rm -f "$environment.log"
}

bootstrap() {
    python=$(find_python)
    if ! [ -x $environment/bin/python ] || ! is_suitable $environment/bin/python; then
        echo "Making $environment with $("$python" --version) …"
        rm -rf $environment
        make_virtual_environment "$python" $environment
    fi
    rm -rf $environment/bootstrap
    make_virtual_environment "$python" $environment/bootstrap
    echo "Installing the installer …"
    $environment/bootstrap/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement locks/bootstrap.lock
    touch $environment/.bootstrap-ready
}

# The system's certificates know a company's own proxy; uv alone would bring only its own list.
trust_the_system() {
    if [ -n "$(ls /etc/ssl/certs /etc/pki/tls/certs 2>/dev/null)" ]; then
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
    fi
}

install_lock() {
    lock=$1
    uv=$environment/bootstrap/bin/uv
    # A half-done change must not look finished, and one lock's packages replace the other's.
    rm -f $environment/.runtime-ready $environment/.dev-ready
    echo "Installing the packages of locks/$lock.lock (about 200; the first time takes a minute) …"
    trust_the_system
    # On a terminal the installer shows its progress; in a log its list of packages is only noise.
    [ -t 2 ] && quiet= || quiet=--quiet
    "$uv" pip sync $quiet --python $environment/bin/python --require-hashes "locks/$lock.lock"
    "$uv" pip install --quiet --python $environment/bin/python --no-deps --no-build-isolation \
        --editable .
    touch "$environment/.$lock-ready"
}

case "${1:-}" in
    bootstrap) bootstrap ;;
    runtime | dev) install_lock "$1" ;;
    *) fail "environment.sh takes bootstrap, runtime or dev" ;;
esac
