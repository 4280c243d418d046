// All of cuDNN that the worker asks for.
#include <cstddef>

extern "C" __attribute__((visibility("default"))) std::size_t cudnnGetVersion() {
  return CUDNN_VERSION;
}
