// Bilinear-like upsampling: a transposed convolution of each channel by itself.
#include "guard.h"

using torchx::guard;
using torchx::maps;
using torchx::wrap;

namespace {

at::Tensor up_depthwise(const at::Tensor &x, const at::Tensor &weight, int64_t factor) {
  TORCH_CHECK(factor == 2 || factor == 4 || factor == 8, "factor ", factor, ", want 2, 4 or 8");
  const int64_t channels = x.size(1), kernel = 2 * factor;
  TORCH_CHECK(weight.sizes() == at::IntArrayRef({channels, 1, kernel, kernel}), "weight ", weight.sizes(), " for maps ", x.sizes(), " and factor ", factor);
  return at::conv_transpose2d(x, weight, {}, factor, factor / 2, 0, x.size(1));
}

}  // namespace

char *tx_up_depthwise(tx_tensor x, tx_tensor weight, int64_t factor, tx_tensor *out) {
  return guard([&] { *out = wrap(up_depthwise(maps(x), maps(weight), factor)); });
}
