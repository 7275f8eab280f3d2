// The deformable convolution as autograd functions. They keep their inputs and
// nothing else for backward.
#include "deform.h"
#include "deform_cpu.h"
#include "launch.h"
#include "precision.h"

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using torchx::DeformGradients;
using torchx::DeformInputs;
using torchx::guard;
using torchx::tensor;
using torchx::wrap;

namespace {

struct Steps {
  int64_t stride, padding, dilation;
};

void check_numbers(const DeformInputs &in) {
  for (const auto &t : {in.x, in.offset, in.mask, in.weight, in.bias}) {
    TORCH_CHECK(t.scalar_type() == at::kFloat || (t.is_same(in.x) && t.scalar_type() == at::kBFloat16), "the deformable convolution needs numbers of 32 bits, not ", t.scalar_type());
    TORCH_CHECK(t.device() == in.x.device(), "x is on ", in.x.device(), ", but another tensor on ", t.device());
  }
}

void check_points(const DeformInputs &in, const at::Tensor &points, const char *what, int64_t channels) {
  const int64_t expected[4] = {in.x.size(0), channels, in.size(2), in.size(3)};
  TORCH_CHECK(points.sizes() == at::IntArrayRef(expected), what, " must be ", at::IntArrayRef(expected), " for x ", in.x.sizes(), " and weight ",
              in.weight.sizes(), ", not ", points.sizes());
}

void check(const DeformInputs &in) {
  TORCH_CHECK(in.x.dim() == 4, "x must be B,C,H,W, not ", in.x.sizes());
  TORCH_CHECK(in.weight.dim() == 4 && in.weight.size(1) == in.x.size(1) && in.weight.numel() > 0, "weight must be O,", in.x.size(1),
              ",rows,columns for x ", in.x.sizes(), ", not ", in.weight.sizes());
  TORCH_CHECK(in.bias.dim() == 1 && in.bias.size(0) == in.weight.size(0), "bias must be ", in.weight.size(0), " numbers, not ",
              in.bias.sizes());
  TORCH_CHECK(in.stride >= 1 && in.padding >= 0 && in.dilation >= 1, "stride and dilation must be at least 1, padding at least 0, not ", in.stride, ", ",
              in.dilation, " and ", in.padding);
  for (const int64_t d : {2, 3}) {
    TORCH_CHECK(in.x.size(d) > 0 && in.x.size(d) + 2 * in.padding > in.dilation * (in.weight.size(d) - 1), "x ", in.x.sizes(), " is too small for weight ",
                in.weight.sizes(), " with padding ", in.padding, " and dilation ", in.dilation);
  }
  check_numbers(in);
}

at::Tensor forward(const DeformInputs &in) {
  const auto *kernel = torchx::deform_kernel();
  if (in.x.is_cpu() && kernel != nullptr) return deform_cpu(in, *kernel);
  return torchx::device_kernels(in.x.device()) ? deform_device(in) : deform_operators(in);
}

DeformGradients backward(const DeformInputs &in, const at::Tensor &grad_out) {
  const auto *kernel = torchx::deform_kernel();
  if (in.x.is_cpu() && kernel != nullptr) return deform_cpu_backward(in, grad_out, *kernel);
  return torchx::device_kernels(in.x.device()) ? deform_device_backward(in, grad_out) : deform_operators_backward(in, grad_out);
}

void save(AutogradContext *ctx, const variable_list &tensors, const Steps &s) {
  ctx->save_for_backward(tensors);
  ctx->saved_data["steps"] = std::vector<int64_t>{s.stride, s.padding, s.dilation};
}

Steps saved(AutogradContext *ctx) {
  const auto s = ctx->saved_data["steps"].toIntVector();
  return {s[0], s[1], s[2]};
}

struct Convolution : Function<Convolution> {
  static DeformInputs inputs(const at::Tensor &x, const at::Tensor &offset, const at::Tensor &mask, const at::Tensor &weight, const at::Tensor &bias,
                             const Steps &s) {
    return {x, offset, mask, weight, bias, s.stride, s.padding, s.dilation, false};
  }
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &offset, const at::Tensor &mask, const at::Tensor &weight,
                            const at::Tensor &bias, const Steps &s) {
    const auto in = inputs(x, offset, mask, weight, bias, s);
    check(in);
    check_points(in, offset, "offset", 2 * in.taps());
    check_points(in, mask, "mask", in.taps());
    save(ctx, {x, offset, mask, weight, bias}, s);
    return ::forward(in);
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto t = ctx->get_saved_variables();
    const auto in = inputs(t[0], t[1], t[2], t[3], t[4], saved(ctx));
    const auto g = ::backward(in, upstream[0]);
    return {g.x, g.points.narrow(1, 0, 2 * in.taps()), g.points.narrow(1, 2 * in.taps(), in.taps()), g.weight, g.bias, at::Tensor()};
  }
};

// The same with offsets and logits of the masks in one tensor, B,3K,H',W'.
struct Layer : Function<Layer> {
  static DeformInputs inputs(const at::Tensor &x, const at::Tensor &points, const at::Tensor &weight, const at::Tensor &bias, const Steps &s) {
    return torchx::deform_layer(x, points, weight, bias, s.stride, s.padding, s.dilation);
  }
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &points, const at::Tensor &weight, const at::Tensor &bias,
                            const Steps &s) {
    save(ctx, {x, points, weight, bias}, s);
    return ::forward(inputs(x, points, weight, bias, s));
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto t = ctx->get_saved_variables();
    const auto g = ::backward(inputs(t[0], t[1], t[2], t[3], saved(ctx)), upstream[0]);
    return {g.x, g.points, g.weight, g.bias, at::Tensor()};
  }
};

// The bias, zeros if it is missing.
at::Tensor bias_of(tx_tensor bias, const at::Tensor &weight) { return bias != nullptr ? tensor(bias) : at::zeros({weight.size(0)}, weight.options()); }

// The input in the precision of convolutions, where that is not float32 only for the
// kernels of cuda/: the others round their result alone.
at::Tensor input(tx_tensor x) { return torchx::device_kernels(tensor(x).device()) ? torchx::multiplied(tensor(x)) : tensor(x).to(at::kFloat); }

tx_tensor result(const at::Tensor &t) { return wrap(torchx::multiplied(t)); }

}  // namespace

DeformInputs torchx::deform_layer(const at::Tensor &x, const at::Tensor &points, const at::Tensor &weight, const at::Tensor &bias, int64_t stride, int64_t padding,
                                  int64_t dilation) {
  const DeformInputs whole{x, points, points, weight, bias, stride, padding, dilation, true};
  check(whole);
  const int64_t taps = whole.taps();
  check_points(whole, points, "offsets and masks", 3 * taps);
  return {x, points.narrow(1, 0, 2 * taps), points.narrow(1, 2 * taps, taps), weight, bias, stride, padding, dilation, true};
}

char *tx_deform_conv2d(tx_tensor x, tx_tensor offset, tx_tensor mask, tx_tensor weight, tx_tensor bias, int64_t stride, int64_t padding, int64_t dilation,
                       tx_tensor *out) {
  return guard([&] {
    *out = result(Convolution::apply(input(x), tensor(offset), tensor(mask), tensor(weight), bias_of(bias, tensor(weight)), Steps{stride, padding, dilation}));
  });
}

char *tx_deformable(tx_tensor x, tx_tensor points, tx_tensor weight, tx_tensor bias, int64_t stride, int64_t padding, int64_t dilation, tx_tensor *out) {
  return guard([&] {
    *out = result(Layer::apply(input(x), tensor(points).to(at::kFloat), tensor(weight), bias_of(bias, tensor(weight)), Steps{stride, padding, dilation}));
  });
}
