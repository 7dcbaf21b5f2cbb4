#!/usr/bin/env bash
# Builds gtsim with clang++ -O3 and with g++ -O0 and compares their digests too.
set -euo pipefail
cd "$(dirname "$0")/../.."
build() { # name compiler flags
  cmake -S . -B "build/determinism-$1" -G Ninja -DCMAKE_CXX_COMPILER="$2" -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_CXX_FLAGS="$3" -DBUILD_TESTING=OFF -DGTSIM_MUTANTS=OFF -DGTSIM_BENCHMARKS=OFF >/dev/null
  cmake --build "build/determinism-$1" --target gtsim >"build/determinism-$1/build.log" 2>&1 ||
    { tail -n 40 "build/determinism-$1/build.log"; exit 1; }
  echo "$1:"
  bash tests/determinism/compare.sh "build/determinism-$1/sim/gtsim"
}
build clang-O3 clang++ -O3
build gcc-O0 g++ -O0
