// Whether the kernels for AVX2 and AVX-512 are built: they choose their
// instruction set with a pragma that only GCC knows.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define TORCHX_X86_KERNELS
#endif
