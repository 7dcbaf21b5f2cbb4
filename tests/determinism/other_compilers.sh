#!/usr/bin/env bash
# Builds the simulated part with clang++ -O1 and compares its digests with those committed; with
# GTSIM_DETERMINISM_ALL=1 with clang++ -O3 and g++ -O0 too. (g++ -O3 and -O1 are compared where gtsim is
# tested.)
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compare() { # name compiler flags
  local name=$1 folder=build/determinism-$1
  cmake -S . -B "$folder" -G Ninja -DCMAKE_CXX_COMPILER="$2" -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_CXX_FLAGS="$3" -DGTSIM_MUTANTS=OFF -DGTSIM_BENCHMARKS=OFF >/dev/null
  cmake --build "$folder" --target digest_tool >"$folder/build.log" 2>&1 ||
    { tail -n 40 "$folder/build.log"; exit 1; }
  "$folder/tests/determinism/digest_tool" scenarios tests/determinism/scenarios >"$work/digests"
  if ! diff tests/determinism/digests.txt "$work/digests"; then
    echo "$name gives other digests than tests/determinism/digests.txt"
    exit 1
  fi
  echo "$name: $(wc -l <"$work/digests") digests are equal"
}
compare clang-O1 clang++ -O1
if [ -n "${GTSIM_DETERMINISM_ALL:-}" ]; then
  compare clang-O3 clang++ -O3
  compare gcc-O0 g++ -O0
fi
