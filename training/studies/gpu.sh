#!/usr/bin/env bash
# The whole queue on one large card, many small networks side by side.
#
#   bash training/studies/gpu.sh [--minutes N] [--jobs N] [--pack FILE] [run.py's arguments]
#
# Ends after N minutes (12) wherever it is: the same command goes on from there, as does run.py on a machine without a card.
# --pack writes what is worth committing (results, sheets of samples, weights that ship) into FILE, a .tar.gz.
# A machine without Node takes its faces from data/shards.tar.xz, if that is there:
#   tar -cJf data/shards.tar.xz data/shards/train data/shards/test
set -euo pipefail
cd "$(dirname "$0")/../.."

minutes=12
jobs=16
pack=
while [ $# -gt 0 ]; do
  case "$1" in
    --minutes) minutes=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --pack) pack=$2; shift 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- all

python=${PYTHON:-python3}
if ! "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
  echo "gpu.sh: no GPU that PyTorch sees; going on, as run.py does without one" >&2
fi
if [ ! -d data/shards/train ] && [ -f data/shards.tar.xz ]; then
  tar -xJf data/shards.tar.xz
fi
# Processes that share a card take turns; with NVIDIA's multi-process service they run side by side.
if command -v nvidia-cuda-mps-control >/dev/null; then
  nvidia-cuda-mps-control -d 2>/dev/null || true
fi

code=0
timeout --signal=TERM "${minutes}m" "$python" training/studies/run.py "$@" --jobs "$jobs" || code=$?
"$python" training/studies/run.py plan "${@:2}" | tail -n 1
if [ -n "$pack" ]; then
  tar -czf "$pack" training/studies/results training/studies/weights
fi
# 124: the minutes were over; what is left goes on the next time.
[ "$code" = 0 ] || [ "$code" = 124 ]
