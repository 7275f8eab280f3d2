// How weights are packed for matrix products.
#pragma once

#include <stdint.h>

namespace torchx {

constexpr int kChunk = 32;  // numbers of a row of packed weights

static inline int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

}  // namespace torchx
