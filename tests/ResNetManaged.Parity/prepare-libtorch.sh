#!/usr/bin/env bash
# Makes LibTorch load, and compute what it should, on two kinds of machines where it otherwise does not:
# - the system's C++ library is older than the one TorchSharp was built with, such as Debian 12's;
# - a virtual machine hides the cache sizes, without which LibTorch's 1x1 convolutions are wrong or divide by zero (set_cache_sizes.py).
#   eval "$(tests/ResNetManaged.Parity/prepare-libtorch.sh artifacts/bin/ResNetManaged.Parity/release)"
# Changes the copies of the native libraries in that build output, and exports LD_PRELOAD for what runs next. Does nothing where neither
# is needed. Needs python3, and g++ for the first. To be run again after each build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:?usage: prepare-libtorch.sh FOLDER, a build output with libLibTorchSharp.so below it}
wanted=GLIBCXX_3.4.32

library() { # the path of a native library of the build
  local path
  path=$(find "$output" -name "$1" | head -n 1)
  if [ -z "$path" ]; then
    echo "prepare-libtorch.sh: there is no $1 below '$output'; build it first, with LibTorch." >&2
    exit 1
  fi
  echo "$path"
}

cache_size() { # one core's share of a cache: of what getconf calls $1, shared by $2 cores, $3 where it does not know
  local size
  size=$(getconf "$1" 2> /dev/null || true)
  if [ "${size:-0}" -gt 0 ] 2> /dev/null; then echo $((size / $2)); else echo "$3"; fi
}

if [ ! -e /sys/devices/system/cpu/cpu0/cache/index0 ]; then
  torch=$(library libtorch_cpu.so)
  python3 "$here/set_cache_sizes.py" "$torch" "$(cache_size LEVEL1_DCACHE_SIZE 1 32768)" "$(cache_size LEVEL2_CACHE_SIZE 1 524288)" \
    "$(cache_size LEVEL3_CACHE_SIZE "$(nproc)" 1048576)" >&2
fi

system=$(PATH=$PATH:/sbin ldconfig -p | sed -n 's/.*libstdc++\.so\.6 .*x86-64.* => //p' | head -n 1)
if [ -z "$system" ] || grep -q "$wanted" "$system"; then exit 0; fi

native=$(library libLibTorchSharp.so)
python3 "$here/relax_symbol_version.py" "$native" "$wanted" >&2
shim=$(realpath "$output")/libios_init_shim.so
g++ -O2 -shared -fPIC "$here/ios_init_shim.cpp" -o "$shim"
echo "export LD_PRELOAD='$shim'"
