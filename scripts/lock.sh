#!/bin/sh
# Writes requirements.lock, requirements-dev.lock and scripts/uv-requirements.lock from the pyproject.toml files.
#
# Every version is pinned with its hashes, and no index is named: the files work with any mirror, and with pip as with uv.
# A uv.lock of an earlier run (it is not committed: it names the index) keeps the versions that still fit; without one,
# or with LOCK_UPGRADE=1, the newest are taken.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
export UV_NO_CONFIG=1

export_lock() {
    {
        echo "# Written by 'make lock'. $1"
        shift
        "$uv" export --quiet --frozen --no-header --no-annotate --no-emit-workspace --all-packages "$@"
    } > .tools/lock.new
    mv .tools/lock.new "$target"
}

mkdir -p .tools
"$uv" lock --quiet ${LOCK_UPGRADE:+--upgrade}
target=requirements.lock
export_lock "What Sluice runs on, and what installs its own packages." --no-dev --group build
target=requirements-dev.lock
export_lock "What tests and checks need besides requirements.lock." --only-group dev
target=scripts/uv-requirements.lock
{
    echo "# Written by 'make lock'. The installer, for machines that have none."
    sed -n '/^uv==/,/[^\\]$/p' requirements-dev.lock
} > .tools/lock.new && mv .tools/lock.new "$target"
