#!/usr/bin/env bash
# Makes LibTorch load where the system's C++ library is older than the one TorchSharp was built with, such as Debian 12.
#   eval "$(tests/ResNetManaged.Parity/prepare-libtorch.sh artifacts/bin/ResNetManaged.Parity/release)"
# Changes the copy of TorchSharp's native library in that build output, and exports LD_PRELOAD for what runs next. Does nothing where
# the C++ library is new enough. Needs g++ and python3. To be run again after each build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:?usage: prepare-libtorch.sh FOLDER, a build output with libLibTorchSharp.so below it}
wanted=GLIBCXX_3.4.32

system=$(PATH=$PATH:/sbin ldconfig -p | sed -n 's/.*libstdc++\.so\.6 .*x86-64.* => //p' | head -n 1)
if [ -z "$system" ] || grep -q "$wanted" "$system"; then exit 0; fi

native=$(find "$output" -name libLibTorchSharp.so | head -n 1)
if [ -z "$native" ]; then
  echo "prepare-libtorch.sh: there is no libLibTorchSharp.so below '$output'; build tests/ResNetManaged.Parity first." >&2
  exit 1
fi
python3 "$here/relax_symbol_version.py" "$native" "$wanted" >&2
shim=$(realpath "$output")/libios_init_shim.so
g++ -O2 -shared -fPIC "$here/ios_init_shim.cpp" -o "$shim"
echo "export LD_PRELOAD='$shim'"
