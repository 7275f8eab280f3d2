// Batch normalisation, activation and the convolution that follows, for autograd.
// What the normalisation writes would be read once forward and once backward, and
// kept between: it is made anew in a cache instead.
#include "guard.h"
#include "layout.h"
#include "norm_cpu.h"
#include "precision.h"
#include "winograd_cpu.h"

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using torchx::Activation;
using torchx::guard;
using torchx::kInnermost;
using torchx::maps;
using torchx::Norm;
using torchx::NormBack;
using torchx::NormGradients;
using torchx::NormKernel;
using torchx::tensor;
using torchx::wrap;

namespace {

// The activation of z, which is gone: no way back needs the result of a normalisation
// or of a sum.
at::Tensor activated(at::Tensor z, Activation activation) {
  switch (activation) {
    case torchx::kRelu: return at::relu_(z);
    case torchx::kRelu6: return z.is_cpu() ? at::relu6(z.to(at::kFloat)).to(z.scalar_type()) : at::relu6_(z);  // 1.13 cannot go back in bfloat16
    case torchx::kHardswish: return at::hardswish(z);
    default: return z;
  }
}

// The same by libtorch's operators.
at::Tensor normalised(const at::Tensor &x, const Norm &n) {
  const auto u = n.activation == torchx::kAfterRelu ? at::relu(x) : x;
  return at::batch_norm(u, n.weight, n.bias, n.running_mean, n.running_var, n.batch, n.momentum, n.eps, false);
}

// The kernels for x, or NULL.
const NormKernel *kernel_for(const at::Tensor &x) { return torchx::fits_kernels(x) ? torchx::norm_kernel() : nullptr; }

// A tensor for autograd, which wants one where there is none. Its size is 0.
at::Tensor given(const at::Tensor &t) { return t.defined() ? t : at::empty({0}); }
bool none(const at::Tensor &t) { return t.numel() == 0; }

NormBack back_of(AutogradContext *ctx, const at::Tensor &numbers) {
  return {numbers, ctx->saved_data["batch"].toBool(), static_cast<Activation>(ctx->saved_data["activation"].toInt())};
}

void keep(AutogradContext *ctx, const Norm &n) {
  ctx->saved_data["batch"] = n.batch;
  ctx->saved_data["activation"] = static_cast<int64_t>(n.activation);
}

// What a normalisation of x comes down to; undefined where there is none.
at::Tensor numbers_of(const at::Tensor &x, const Norm &n) { return n.weight.defined() ? torchx::norm_numbers(x, n, *torchx::norm_kernel()) : at::Tensor(); }

struct BatchNorm : Function<BatchNorm> {
  // weight and bias are those of n, which autograd has to see.
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &, const at::Tensor &, const at::Tensor &added, const Norm &n) {
    const auto &kernel = *torchx::norm_kernel();
    const auto numbers = torchx::norm_numbers(x, n, kernel);
    auto y = torchx::norm_cpu(x, numbers, n.activation, none(added) ? nullptr : &added, kernel);
    keep(ctx, n);
    ctx->saved_data["added"] = !none(added);
    const bool needed = !none(added) && n.activation != torchx::kIdentity;
    ctx->save_for_backward({x, numbers, needed ? y : at::Tensor()});
    return y;
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto saved = ctx->get_saved_variables();
    const auto grad = upstream[0].contiguous(kInnermost);
    const bool added = ctx->saved_data["added"].toBool();
    const auto &y = saved[2].defined() ? saved[2] : grad;  // of kIdentity, y does not matter
    const auto g = torchx::norm_cpu_backward(saved[0], back_of(ctx, saved[1]), added ? &y : nullptr, grad, *torchx::norm_kernel());
    return {g.x, g.weight, g.bias, g.other, at::Tensor()};
  }
};

at::Tensor batch_norm(const at::Tensor &x, const Norm &n, const at::Tensor &added) {
  if (added.defined()) TORCH_CHECK(added.sizes() == x.sizes(), "cannot add ", added.sizes(), " to ", x.sizes());
  if (!kernel_for(x)) {
    const auto z = normalised(x, n);
    return activated(added.defined() ? z + added : z, n.activation);
  }
  return BatchNorm::apply(x.contiguous(kInnermost), n.weight, n.bias, added.defined() ? added.contiguous(kInnermost) : given(added), n);
}

struct Depthwise : Function<Depthwise> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &, const at::Tensor &, const at::Tensor &weight, const Norm &n, int64_t stride) {
    const auto &kernel = *torchx::norm_kernel();
    const auto numbers = numbers_of(x, n);
    keep(ctx, n);
    ctx->saved_data["stride"] = stride;
    ctx->save_for_backward({x, numbers, weight});
    return torchx::depthwise_cpu(x, numbers, n.activation, weight, stride, kernel);
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto saved = ctx->get_saved_variables();
    const auto g = torchx::depthwise_cpu_backward(saved[0], back_of(ctx, saved[1]), saved[2], ctx->saved_data["stride"].toInt(), upstream[0].contiguous(kInnermost),
                                                  *torchx::norm_kernel());
    return {g.x, g.weight, g.bias, g.other, at::Tensor(), at::Tensor()};
  }
};

at::Tensor depthwise(const at::Tensor &x, const Norm &n, const at::Tensor &weight, int64_t stride) {
  const int64_t channels = x.size(1);
  TORCH_CHECK(weight.sizes() == at::IntArrayRef({channels, 1, 3, 3}), "weight ", weight.sizes(), " for maps ", x.sizes());
  TORCH_CHECK(stride == 1 || stride == 2, "stride ", stride, ", want 1 or 2");
  if (!kernel_for(x)) {
    const auto y = n.weight.defined() ? activated(normalised(x, n), n.activation) : x;
    return torchx::convolution(y, weight, {}, stride, 1, channels);
  }
  return Depthwise::apply(x.contiguous(kInnermost), given(n.weight), given(n.bias), weight, n, stride);
}

struct Pointwise : Function<Pointwise> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &, const at::Tensor &, const at::Tensor &weight, const at::Tensor &bias, const Norm &n) {
    const auto &kernel = *torchx::norm_kernel();
    const auto numbers = numbers_of(x, n);
    keep(ctx, n);
    ctx->saved_data["bias"] = !none(bias);
    ctx->save_for_backward({x, numbers, weight});
    return torchx::pointwise_cpu(x, numbers, n.activation, weight, none(bias) ? at::Tensor() : bias, kernel);
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto saved = ctx->get_saved_variables();
    const auto grad = upstream[0].contiguous(kInnermost);
    const auto g = torchx::pointwise_cpu_backward(saved[0], back_of(ctx, saved[1]), saved[2], grad, *torchx::norm_kernel());
    const auto bias = ctx->saved_data["bias"].toBool() ? grad.sum({0, 2, 3}) : at::Tensor();
    return {g.x, g.weight, g.bias, g.other, bias, at::Tensor()};
  }
};

at::Tensor pointwise(const at::Tensor &x, const Norm &n, const at::Tensor &weight, const at::Tensor &bias) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(1) == x.size(1) && weight.size(2) == 1 && weight.size(3) == 1, "weight ", weight.sizes(), " for maps ", x.sizes());
  if (bias.defined()) TORCH_CHECK(bias.sizes() == at::IntArrayRef({weight.size(0)}), "bias ", bias.sizes(), " for weight ", weight.sizes());
  if (!kernel_for(x)) return torchx::convolution(n.weight.defined() ? activated(normalised(x, n), n.activation) : x, weight, bias, 1, 0, 1);
  return Pointwise::apply(x.contiguous(kInnermost), given(n.weight), given(n.bias), weight, given(bias), n);
}

struct Conv3x3 : Function<Conv3x3> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &, const at::Tensor &, const at::Tensor &weight, const at::Tensor &bias, const Norm &n) {
    const auto numbers = numbers_of(x, n);
    keep(ctx, n);
    ctx->saved_data["bias"] = !none(bias);
    ctx->save_for_backward({x, numbers, weight});
    return torchx::conv3x3_cpu(x, numbers, n.activation, weight, none(bias) ? at::Tensor() : bias, *torchx::winograd_kernel());
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto saved = ctx->get_saved_variables();
    const auto norm = back_of(ctx, saved[1]);
    const auto grad = upstream[0].contiguous(kInnermost);
    const auto &kernel = *torchx::winograd_kernel();
    NormGradients g;
    g.x = torchx::conv3x3_cpu_input(grad, saved[2], kernel);
    if (norm.numbers.defined()) g = torchx::norm_cpu_backward(saved[0], norm, nullptr, g.x, *torchx::norm_kernel());
    g.other = torchx::conv3x3_cpu_weight(saved[0], norm.numbers, norm.activation, grad, kernel);
    const auto bias = ctx->saved_data["bias"].toBool() ? grad.sum({0, 2, 3}) : at::Tensor();
    return {g.x, g.weight, g.bias, g.other, bias, at::Tensor()};
  }
};

at::Tensor conv3x3(const at::Tensor &x, const Norm &n, const at::Tensor &weight, const at::Tensor &bias) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(1) == x.size(1) && weight.size(2) == 3 && weight.size(3) == 3, "weight ", weight.sizes(), " for maps ", x.sizes());
  if (bias.defined()) TORCH_CHECK(bias.sizes() == at::IntArrayRef({weight.size(0)}), "bias ", bias.sizes(), " for weight ", weight.sizes());
  if (!kernel_for(x) || !torchx::worth_transforms(x)) return torchx::convolution(n.weight.defined() ? batch_norm(x, n, {}) : x, weight, bias, 1, 1, 1);
  return Conv3x3::apply(x.contiguous(kInnermost), given(n.weight), given(n.bias), weight, given(bias), n);
}

at::Tensor optional(tx_tensor t) { return t == nullptr ? at::Tensor() : tensor(t); }

// The normalisation of maps x; of NULL none.
Norm norm_of(const tx_norm *n, const at::Tensor &x) {
  if (n == nullptr) return {{}, {}, {}, {}, 0, 0, false, torchx::kIdentity};
  Norm norm{tensor(n->weight), tensor(n->bias), tensor(n->running_mean), tensor(n->running_var), n->eps, n->momentum, n->batch != 0, static_cast<Activation>(n->activation)};
  TORCH_CHECK(n->activation >= 0 && n->activation < torchx::kActivations, "no activation ", n->activation);
  for (const auto &t : {norm.weight, norm.bias, norm.running_mean, norm.running_var})
    TORCH_CHECK(t.sizes() == at::IntArrayRef({x.size(1)}) && t.device() == x.device(), "a normalisation of ", t.sizes(), " for maps ", x.sizes());
  return norm;
}

}  // namespace

char *tx_batch_norm(tx_tensor x, const tx_norm *n, tx_tensor added, tx_tensor *out) {
  return guard([&] {
    TORCH_CHECK(n != nullptr, "no normalisation");
    *out = wrap(batch_norm(maps(x), norm_of(n, maps(x)), optional(added)));
  });
}

char *tx_depthwise(tx_tensor x, const tx_norm *n, tx_tensor weight, int64_t stride, tx_tensor *out) {
  return guard([&] { *out = wrap(depthwise(maps(x), norm_of(n, maps(x)), maps(weight), stride)); });
}

char *tx_pointwise(tx_tensor x, const tx_norm *n, tx_tensor weight, tx_tensor bias, tx_tensor *out) {
  return guard([&] { *out = wrap(pointwise(maps(x), norm_of(n, maps(x)), maps(weight), optional(bias))); });
}

char *tx_conv3x3(tx_tensor x, const tx_norm *n, tx_tensor weight, tx_tensor bias, tx_tensor *out) {
  return guard([&] { *out = wrap(conv3x3(maps(x), norm_of(n, maps(x)), maps(weight), optional(bias))); });
}
