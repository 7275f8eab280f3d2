#include "folded.h"

#include "deform.h"
#include "deform_cpu.h"

namespace torchx {
namespace {

struct Numbers {
  at::Tensor scale, shift;  // float64
};

// What a normalisation by running statistics comes down to.
Numbers numbers_of(const tx_norm &n, int64_t channels) {
  for (const auto t : {n.weight, n.bias, n.running_mean, n.running_var})
    TORCH_CHECK(tensor(t).sizes() == at::IntArrayRef({channels}), "a normalisation of ", tensor(t).sizes(), " for ", channels, " channels");
  const auto wide = [](tx_tensor t) { return tensor(t).to(at::kDouble); };
  const auto scale = wide(n.weight) / (wide(n.running_var) + n.eps).sqrt();
  return {scale, wide(n.bias) - wide(n.running_mean) * scale};
}

// Numbers as the kernels and libtorch's convolutions want them.
at::Tensor narrow(const at::Tensor &t) { return t.to(at::kFloat).contiguous(); }

}  // namespace

Folded::Folded(const tx_folding &f)
    : kind_(f.kind), stride_(f.stride), padding_(f.padding), groups_(f.groups), activation_(static_cast<Activation>(f.activation)), weight_(maps(f.weight)) {
  at::NoGradGuard off;
  TORCH_CHECK(kind_ >= TX_CONVOLUTION && kind_ <= TX_DEFORMABLE && f.activation >= 0 && f.activation < kAfterRelu, "no convolution of kind ", kind_,
              " with activation ", f.activation);
  TORCH_CHECK(stride_ > 0 && padding_ >= 0 && groups_ > 0, "stride ", stride_, ", padding ", padding_, " and ", groups_, " groups");
  if (kind_ == TX_DOUBLE) TORCH_CHECK(weight_.size(2) == 4 && weight_.size(3) == 4, "weight ", weight_.sizes(), ", want I,O,4,4");
  weight_ = weight_.to(at::kDouble);
  bias_ = f.bias ? tensor(f.bias).to(at::kDouble) : at::zeros({outputs()}, weight_.options());
  TORCH_CHECK(bias_.sizes() == at::IntArrayRef({outputs()}), "bias ", bias_.sizes(), " for weight ", weight_.sizes());
  if (f.before) read_normalised(*f.before);
  if (f.after) {
    const auto n = numbers_of(*f.after, outputs());
    weight_ = weight_ * (kind_ == TX_DOUBLE ? n.scale.view({1, -1, 1, 1}) : n.scale.view({-1, 1, 1, 1}));
    bias_ = bias_ * n.scale + n.shift;
  }
  weight_ = narrow(weight_), bias_ = narrow(bias_);
}

// Of a 1×1 convolution, which sees no padding, that reads what a normalisation gives.
void Folded::read_normalised(const tx_norm &n) {
  TORCH_CHECK(is(1, 1), "a normalisation before a convolution of weight ", weight_.sizes());
  const auto numbers = numbers_of(n, weight_.size(1));
  bias_ = bias_ + weight_.flatten(1).mv(numbers.shift);
  weight_ = weight_ * numbers.scale.view({1, -1, 1, 1});
}

bool Folded::is_depthwise() const {
  const int64_t k = weight_.size(2);
  return kind_ == TX_CONVOLUTION && groups_ > 1 && groups_ == weight_.size(0) && weight_.size(1) == 1 && (k == 3 || k == 5) && k == weight_.size(3) &&
         padding_ == k / 2 && stride_ <= 2;
}

const Panels &Folded::panels() const {
  if (!panels_) panels_ = std::make_unique<Panels>(weight_, bias_, stride_, padding_);
  return *panels_;
}

const Channelwise &Folded::channelwise() const {
  if (!channelwise_) channelwise_.reset(new Channelwise{weight_.flatten(1).t().contiguous(), bias_, weight_.size(2), stride_, activation_});
  return *channelwise_;
}

const at::Tensor &Folded::packed() const {
  if (!packed_.defined()) {
    packed_ = kind_ == TX_DOUBLE ? double_places(weight_) : kind_ == TX_DEFORMABLE ? deform_packed(weight_) : conv3x3_places(weight_);
  }
  return packed_;
}

bool Folded::fits(const at::Tensor &x) const { return fits_kernels(x) && folded_kernel() != nullptr; }

at::Tensor Folded::finished(at::Tensor z, const at::Tensor &added) const {
  if (added.defined()) z.add_(added);
  switch (activation_) {
    case kRelu: return z.relu_();
    case kRelu6: return z.clamp_(0, 6);
    case kHardswish: return at::hardswish_(z);
    default: return z;
  }
}

at::Tensor Folded::operators(const at::Tensor &x, const at::Tensor &added) const {
  if (kind_ == TX_DOUBLE) return finished(at::conv_transpose2d(x, weight_, bias_, 2, 1), added);
  return finished(at::conv2d(x, weight_, bias_, stride_, padding_, 1, groups_), added);
}

at::Tensor Folded::run(const std::vector<at::Tensor> &x, const at::Tensor &factors, const at::Tensor &added) const {
  int64_t channels = 0;
  bool kernels = true;
  for (const auto &part : x) channels += part.size(1), kernels &= fits(part);
  TORCH_CHECK(kind_ != TX_DEFORMABLE && channels == inputs(), "weight ", weight_.sizes(), " for maps ", x[0].sizes());
  if (factors.defined()) TORCH_CHECK(x.size() == 1 && factors.sizes() == at::IntArrayRef({x[0].size(0), channels, 1, 1}), "factors ", factors.sizes(), " for maps ", x[0].sizes());
  if (groups_ > 1 && !is_depthwise()) kernels = false;
  if (added.defined() && (is_depthwise() || kind_ == TX_DOUBLE)) kernels = false;
  if (!kernels) {
    const auto one = x.size() == 1 ? x[0] : at::cat(x, 1);
    return operators(factors.defined() ? one * factors : one, added);
  }
  const auto &kernel = *folded_kernel();
  const After after{bias_, added.defined() ? added.contiguous(kInnermost) : added, activation_};
  if (is(1, 1)) {
    std::vector<at::Tensor> parts;
    for (const auto &part : x) parts.push_back(part.contiguous(kInnermost));
    return factors.defined() ? pointwise_cpu(parts[0], factors.contiguous(), panels(), after, kernel) : pointwise_cpu(parts, panels(), after, kernel);
  }
  auto one = (x.size() == 1 ? x[0] : at::cat(x, 1)).contiguous(kInnermost);
  if (factors.defined()) one = one * factors;
  if (kind_ == TX_DOUBLE) return double_cpu(one, packed(), outputs(), after, *winograd_kernel());
  if (is_depthwise()) return inverted_cpu(one, {nullptr, kIdentity, &channelwise(), nullptr, after}, kernel);
  if (is(3, 1) && worth_transforms(one)) return conv3x3_cpu(one, packed(), outputs(), after, *winograd_kernel());
  return direct_cpu(one, panels(), after, kernel);
}

at::Tensor Folded::deform(const at::Tensor &x, const at::Tensor &points) const {
  TORCH_CHECK(kind_ == TX_DEFORMABLE, "points for a convolution that is not deformable");
  const auto in = deform_layer(x, points, weight_, bias_, stride_, padding_, 1);
  const auto *kernel = deform_kernel();
  if (!x.is_cpu() || kernel == nullptr) return finished(deform_operators(in), {});
  if (activation_ == kIdentity || activation_ == kRelu) return deform_cpu(in, packed(), activation_, *kernel);
  return finished(deform_cpu(in, packed(), kIdentity, *kernel), {});
}

at::Tensor Folded::at(const at::Tensor &x, const std::vector<int64_t> &cells) const {
  const int64_t k = weight_.size(2), height = x.size(2), width = x.size(3), n = static_cast<int64_t>(cells.size());
  TORCH_CHECK(is(k, 1) && k % 2 == 1 && x.size(1) == inputs(), "weight ", weight_.sizes(), " at cells of maps ", x.sizes());
  for (const int64_t cell : cells) TORCH_CHECK(cell >= 0 && cell < x.size(0) * height * width, "no cell ", cell, " in maps ", x.sizes());
  if (fits(x)) return direct_cpu(x.contiguous(kInnermost), cells, panels(), {{}, {}, activation_}, *folded_kernel());
  const auto rows = at::constant_pad_nd(x, {padding_, padding_, padding_, padding_}).permute({0, 2, 3, 1}).flatten(0, 2);
  std::vector<at::Tensor> columns;  // of a tap each: n,C
  for (int64_t tap = 0; tap < k * k; tap++) {
    std::vector<int64_t> at(cells);
    for (auto &cell : at) {
      const int64_t image = cell / (height * width), y = cell / width % height + tap / k, left = cell % width + tap % k;
      cell = (image * (height + k - 1) + y) * (width + k - 1) + left;
    }
    columns.push_back(rows.index_select(0, at::tensor(at, at::kLong).to(x.device())));
  }
  const auto all = at::cat(columns, 1), weight = weight_.permute({0, 2, 3, 1}).flatten(1);
  return finished(at::addmm(bias_, all, weight.t()).view({n, -1, 1, 1}), {});
}

at::Tensor Folded::block(const Folded *expand, const Folded &depthwise, const Folded *project, const at::Tensor &x, const at::Tensor &added) {
  const bool fit = depthwise.fits(x) && depthwise.is_depthwise() && (!expand || expand->is(1, 1)) && (!project || project->is(1, 1));
  if (!fit || (!project && added.defined())) {
    const auto wide = expand ? expand->run({x}, {}, {}) : x;
    const auto seen = depthwise.run({wide}, {}, project ? at::Tensor() : added);
    return project ? project->run({seen}, {}, added) : seen;
  }
  const int64_t inside = depthwise.outputs();
  TORCH_CHECK(x.size(1) == (expand ? expand->inputs() : inside) && (!expand || expand->outputs() == inside) && (!project || project->inputs() == inside),
              "a block of ", inside, " channels inside that do not fit its convolutions, for maps ", x.sizes());
  const auto &last = project ? *project : depthwise;
  const After after{last.bias_, added.defined() ? added.contiguous(kInnermost) : added, last.activation_};
  return inverted_cpu(x.contiguous(kInnermost), {expand ? &expand->panels() : nullptr, expand ? expand->activation_ : kIdentity, &depthwise.channelwise(),
                                                 project ? &project->panels() : nullptr, after}, *folded_kernel());
}

namespace {

const Folded &folded(tx_folded f) {
  TORCH_CHECK(f != nullptr, "no convolution");
  return *static_cast<Folded *>(f);
}

at::Tensor maps_or_none(tx_tensor t) { return t == nullptr ? at::Tensor() : maps(t); }

}  // namespace
}  // namespace torchx

using torchx::Folded;
using torchx::folded;
using torchx::guard;
using torchx::maps;
using torchx::maps_or_none;
using torchx::wrap;

char *tx_fold(const tx_folding *f, tx_folded *out) {
  return guard([&] { *out = new Folded(*f); });
}

void tx_folded_free(tx_folded f) { delete static_cast<Folded *>(f); }

char *tx_folded_run(tx_folded f, const tx_tensor *x, int32_t n, tx_tensor factors, tx_tensor added, tx_tensor *out) {
  return guard([&] {
    at::NoGradGuard off;
    for (int32_t i = 0; i < n; i++) maps(x[i]);
    *out = wrap(folded(f).run(torchx::tensors(x, n), maps_or_none(factors), maps_or_none(added)));
  });
}

char *tx_folded_deform(tx_folded f, tx_tensor x, tx_tensor points, tx_tensor *out) {
  return guard([&] {
    at::NoGradGuard off;
    *out = wrap(folded(f).deform(maps(x), maps(points)));
  });
}

char *tx_folded_block(tx_folded expand, tx_folded depthwise, tx_folded project, tx_tensor x, tx_tensor added, tx_tensor *out) {
  return guard([&] {
    at::NoGradGuard off;
    const auto part = [](tx_folded p) { return static_cast<Folded *>(p); };
    *out = wrap(Folded::block(part(expand), folded(depthwise), part(project), maps(x), maps_or_none(added)));
  });
}

char *tx_folded_at(tx_folded f, tx_tensor x, const int64_t *cells, int64_t n, tx_tensor *out) {
  return guard([&] {
    TORCH_CHECK(n > 0, "no cells");
    at::NoGradGuard off;
    *out = wrap(folded(f).at(maps(x), std::vector<int64_t>(cells, cells + n)));
  });
}
