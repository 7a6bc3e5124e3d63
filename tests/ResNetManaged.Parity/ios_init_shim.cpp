// The one symbol of GLIBCXX_3.4.32 that TorchSharp's native library uses: it makes sure that the standard streams are set up, which
// this object's own ios_base::Init does. Preloaded where the system's C++ library lacks it; see prepare-libtorch.sh.
#include <ios>

static std::ios_base::Init streams;

extern "C" void _ZSt21ios_base_library_initv() {} // std::ios_base_library_init()
