// How weights are packed for matrix products.
#pragma once

namespace torchx {

constexpr int kChunk = 32;  // numbers of a row of packed weights

}  // namespace torchx
