#!/usr/bin/env bash
# Rewrite the hashed dependency locks from pyproject.toml. They carry versions and hashes, never addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    local output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        "$@" --output-file "$output"
}
compile locks/dev.lock --all-extras pyproject.toml
compile locks/runtime.lock --extra api --extra pipeline --extra local --constraint locks/dev.lock pyproject.toml
compile locks/api.lock --extra api --constraint locks/dev.lock pyproject.toml
echo 'uv>=0.9' | compile locks/bootstrap.lock -
