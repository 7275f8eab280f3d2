// The transposed convolution of the neck, faster than libtorch's own.
#include "guard.h"
#include "layout.h"
#include "precision.h"
#include "simd/choice.h"
#include "winograd_cpu.h"

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

using torchx::guard;
using torchx::tensor;
using torchx::wrap;

namespace {

// With kernel 4, stride 2 and padding 1, an output cell of even row sees rows
// i-1 and i of the input through taps 3 and 1, one of odd row i and i+1 through
// taps 2 and 0; columns alike. So each of the four parities is an ordinary 2x2
// convolution, for which fast kernels exist, forward and backward, while the
// general transposed convolution multiplies matrices and scatters the result.
at::Tensor by_operators(const at::Tensor &x, const at::Tensor &weight) {
  const int64_t height = x.size(2), width = x.size(3);
  const auto padded = at::constant_pad_nd(x, {1, 1, 1, 1});
  const auto longs = at::TensorOptions().dtype(at::kLong).device(x.device());
  const at::Tensor taps[2] = {at::tensor({3, 1}, longs), at::tensor({2, 0}, longs)};
  std::vector<at::Tensor> parities;
  for (int64_t row = 0; row < 2; row++) {
    const auto rows = weight.index_select(2, taps[row]);
    for (int64_t column = 0; column < 2; column++) {
      const auto kernel = rows.index_select(3, taps[column]).transpose(0, 1);          // O,I,2,2
      const auto window = padded.slice(2, row, row + height + 1).slice(3, column, column + width + 1);
      parities.push_back(torchx::convolution(window, kernel, {}, 1, 0, 1));            // B,O,H,W
    }
  }
  const auto all = at::stack(parities, 2).flatten(1, 2);                               // B,4O,H,W
  return at::pixel_shuffle(all, 2).contiguous(x.suggest_memory_format());              // B,O,2H,2W
}

struct Double : Function<Double> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &weight) {
    ctx->save_for_backward({x, weight});
    return torchx::double_cpu(x, torchx::double_places(weight), weight.size(1), {{}, {}, torchx::kIdentity}, *torchx::winograd_kernel());
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto saved = ctx->get_saved_variables();
    const auto g = torchx::double_cpu_backward(saved[0], saved[1], upstream[0].contiguous(torchx::kInnermost), *torchx::winograd_kernel());
    return {g.x, g.weight};
  }
};

at::Tensor double_size(const at::Tensor &x, const at::Tensor &weight) {
  TORCH_CHECK(x.dim() == 4 && weight.dim() == 4 && weight.size(0) == x.size(1) && weight.size(2) == 4 && weight.size(3) == 4,
              "double needs B,I,H,W and I,O,4,4, not ", x.sizes(), " and ", weight.sizes());
  // A GPU has a kernel for it; on a CPU libtorch 1.13 takes bfloat16 for an ordinary convolution.
  const auto a = torchx::multiplied(x), w = torchx::multiplied(weight);
  if (!x.is_cpu() || (torchx::kernels() == torchx::Kernels::kCudaSource && a.scalar_type() == at::kFloat)) return at::conv_transpose2d(a, w, {}, 2, 1);
  if (!torchx::winograd_kernel() || !torchx::fits_kernels(x)) return by_operators(x, weight);
  return Double::apply(x.contiguous(torchx::kInnermost), weight);
}

}  // namespace

char *tx_double(tx_tensor x, tx_tensor weight, tx_tensor *out) {
  return guard([&] { *out = wrap(double_size(tensor(x), tensor(weight))); });
}
