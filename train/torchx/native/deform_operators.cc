// The deformable convolution with libtorch's operators, for devices without a
// kernel: four gathers make the columns of an image, libtorch's own autograd
// the gradients.
#include "deform.h"

namespace torchx {
namespace {

// The points that the taps of one image look at in one dimension, 2 or 3: K,H',W'.
at::Tensor points(const DeformInputs &in, const at::Tensor &offset, int64_t dimension) {
  const auto options = offset.options();
  const auto cells = at::arange(in.size(dimension), options) * in.stride - in.padding;
  const auto taps = at::arange(in.weight.size(dimension), options) * in.dilation;
  const auto start = dimension == 2 ? cells.view({1, -1, 1}) + taps.view({-1, 1}).expand({-1, in.weight.size(3)}).reshape({-1, 1, 1})
                                    : cells.view({1, 1, -1}) + taps.repeat({in.weight.size(2)}).view({-1, 1, 1});
  return start + offset.view({in.taps(), 2, in.size(2), in.size(3)}).select(1, dimension - 2);
}

// What one of the four corners of each point, its cell plus row and column,
// adds to the columns of an image, x C,H·W: C,K·H'·W'.
at::Tensor corner(const DeformInputs &in, const at::Tensor &x, const at::Tensor &y_point, const at::Tensor &x_point, int64_t row, int64_t column) {
  const int64_t height = in.x.size(2), width = in.x.size(3);
  const auto top = y_point.detach().floor(), left = x_point.detach().floor();
  const auto down = y_point - top, right = x_point - left;
  const auto weight = (row ? down : 1 - down) * (column ? right : 1 - right);
  const auto i = top + row, j = left + column;
  // A NaN is not outside: as the weight of some cell it shows in the output.
  const auto outside = i.lt(0) | i.ge(height) | j.lt(0) | j.ge(width);
  const auto cell = (i * width + j).masked_fill(outside, 0).nan_to_num().to(at::kLong).flatten();
  const auto value = x.index_select(1, cell).masked_fill(outside.flatten(), 0);
  return value * weight.flatten();
}

// The output of one image: O,H',W'.
at::Tensor image(const DeformInputs &in, const at::Tensor &x, const at::Tensor &offset, const at::Tensor &mask) {
  auto y_point = points(in, offset, 2), x_point = points(in, offset, 3);
  const auto outside = y_point.lt(-1) | y_point.ge(in.x.size(2)) | x_point.lt(-1) | x_point.ge(in.x.size(3));
  const auto nothing = outside & ~(y_point.isnan() | x_point.isnan());
  y_point = y_point.masked_fill(nothing, -2);
  x_point = x_point.masked_fill(nothing, -2);
  const auto flat = x.flatten(1);
  auto columns = corner(in, flat, y_point, x_point, 0, 0);
  for (const int64_t k : {1, 2, 3}) columns = columns + corner(in, flat, y_point, x_point, k / 2, k % 2);
  columns = columns * (in.logits ? mask.sigmoid() : mask).flatten();
  const auto product = in.weight.flatten(1).matmul(columns.view({x.size(0) * in.taps(), -1}));
  return (product + in.bias.view({-1, 1})).view({-1, in.size(2), in.size(3)});
}

at::Tensor detached(const at::Tensor &t) { return t.detach().requires_grad_(); }

}  // namespace

at::Tensor deform_operators(const DeformInputs &in) {
  auto out = at::empty({in.x.size(0), in.weight.size(0), in.size(2), in.size(3)}, in.x.options().memory_format(in.x.suggest_memory_format()));
  for (int64_t i = 0; i < in.x.size(0); i++) out[i].copy_(image(in, in.x[i], in.offset[i].contiguous(), in.mask[i]));
  return out;
}

DeformGradients deform_operators_backward(const DeformInputs &in, const at::Tensor &grad_out) {
  at::AutoGradMode record(true);
  DeformInputs leaves = in;
  leaves.weight = detached(in.weight);
  leaves.bias = detached(in.bias);
  DeformGradients sum{at::empty_like(in.x), at::empty({in.x.size(0), 3 * in.taps(), in.size(2), in.size(3)}, in.offset.options()),
                      at::zeros_like(in.weight), at::zeros_like(in.bias)};
  for (int64_t i = 0; i < in.x.size(0); i++) {
    const torch::autograd::variable_list inputs{detached(in.x[i]), detached(in.offset[i].contiguous()), detached(in.mask[i].contiguous()), leaves.weight, leaves.bias};
    const auto g = torch::autograd::grad({image(leaves, inputs[0], inputs[1], inputs[2])}, inputs, {grad_out[i]});
    at::NoGradGuard off;
    sum.x[i].copy_(g[0]);
    sum.points[i].copy_(at::cat({g[1], g[2]}));
    sum.weight.add_(g[3]);
    sum.bias.add_(g[4]);
  }
  return sum;
}

}  // namespace torchx
