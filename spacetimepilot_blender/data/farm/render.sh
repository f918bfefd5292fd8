#!/bin/sh
# Makes plates again that have come to harm, renders, verifies: sh render.sh [FRAMES]     FRAMES is such as 1-10,15
#
#   BLENDER         Blender's program; default: blender
#   OUTPUT          folder of the pictures; default: frames, beside this file
#   WORKER_PYTHON   Python of the worker; without it plates are checked, but neither made again nor verified
#   EXTENSION       folder in which the extension is installed; needed with WORKER_PYTHON
set -eu
here=$(cd "$(dirname "$0")" && pwd)
frames=${1:-@ALL_FRAMES@}

worker() {
  PYTHONPATH=${EXTENSION:?say where the extension is installed} "$WORKER_PYTHON" -m bake "$1" "$here" --frames "$frames"
}

if [ -n "${WORKER_PYTHON:-}" ]; then worker plates; fi
"${BLENDER:-blender}" -b "$here"/@BLEND@ --python-exit-code 1 --python "$here/render_frames.py" -- \
  --frames "$frames" --output "${OUTPUT:-$here/frames}"
if [ -n "${WORKER_PYTHON:-}" ]; then worker verify; fi
