#pragma once

#include <NvInferVersion.h>

// What the TensorRT headers in use still have. 11 has strongly typed networks only: the flags that let it
// choose precisions, and its own calibrators, are gone.
#if NV_TENSORRT_MAJOR < 10 || (NV_TENSORRT_MAJOR == 10 && NV_TENSORRT_MINOR < 6)
#error "TensorRT 10.6 or newer is needed"
#endif
#define INFERSCALE_TENSORRT_CHOOSES_PRECISIONS (NV_TENSORRT_MAJOR < 11)
