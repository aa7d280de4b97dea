#!/usr/bin/env bash
# Holds the Python of this folder: lint, format, tests, and every command once on a handful of faces, on the CPU.
#
#   bash training/test.sh
#
# Makes its own virtual environment in .cache/training-venv and keeps it while the requirements stay the same.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.cache/training-venv
wanted="$(cat training/requirements.txt training/requirements-test.txt)"
if [ "$(cat "$venv/requirements" 2>/dev/null)" != "$wanted" ]; then
  if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get update -qq && apt-get install -y -qq python3 python3-venv
    else
      echo "training/test.sh: expected Python 3.11 or newer with its venv module; install it (Debian: python3 python3-venv)" >&2
      exit 1
    fi
  fi
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r training/requirements-test.txt
  echo "$wanted" >"$venv/requirements"
fi
[ -d node_modules ] || npm ci

"$venv/bin/ruff" check training
"$venv/bin/ruff" format --check training

# One thread each: what is small runs faster so, and gives the same numbers everywhere.
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 PYTHONWARNINGS=ignore HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
status=0
"$venv/bin/python" -m pytest -q -p no:cacheprovider training/tests &
tests=$!
"$venv/bin/python" training/rehearse.py "$folder" || status=1
wait "$tests" || status=1
exit "$status"
