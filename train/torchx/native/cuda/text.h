// The files of this folder as text, for NVRTC. The source that includes a file as C++
// has its text as well, so that both change together.
#pragma once

// The library is built in the root of the repository.
#define TEXT_OF_CUDA(name, file)                                                                                              \
  asm(".pushsection .rodata\n.hidden torchx_cuda_" #name "\n.global torchx_cuda_" #name "\ntorchx_cuda_" #name \
      ":\n.incbin \"train/torchx/native/cuda/" file "\"\n.byte 0\n.popsection\n")

extern "C" __attribute__((visibility("hidden"))) const char torchx_cuda_device[], torchx_cuda_heatmap[], torchx_cuda_deform[];
