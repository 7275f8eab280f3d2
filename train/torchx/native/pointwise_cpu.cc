// The 1×1 convolution of a normalised map.
#include "norm_sums.h"

namespace torchx {
namespace {

// Weights O,C as rows of kChunk outputs (panels,C,kChunk), zeros added.
at::Tensor by_output(const at::Tensor &weight) {
  const int64_t outputs = round_up(weight.size(0), kChunk);
  return at::constant_pad_nd(weight.flatten(1), {0, 0, 0, outputs - weight.size(0)}).view({-1, kChunk, weight.size(1)}).transpose(1, 2).contiguous();
}

// Weights as rows of kChunk channels (chunks,O,kChunk), zeros added.
at::Tensor by_channel(const at::Tensor &weight) {
  const int64_t channels = round_up(weight.size(1), kChunk);
  return at::constant_pad_nd(weight.flatten(1), {0, channels - weight.size(1)}).view({weight.size(0), -1, kChunk}).transpose(0, 1).contiguous();
}

// The rows of a map in tiles.
struct Tiles {
  int64_t rows, channels, count;

  explicit Tiles(const at::Tensor &x) : rows(x.numel() / x.size(1)), channels(x.size(1)), count((rows + kRowTile - 1) / kRowTile) {}

  void fill(NormRows *t, const at::Tensor &x, const NormChannels &norm, int64_t tile) const {
    t->norm = norm;
    t->rows = std::min<int64_t>(kRowTile, rows - tile * kRowTile);
    t->channels = channels;
    t->x = x.data_ptr<float>() + tile * kRowTile * channels;
  }
};

// How many gradients of so many weights are formed at a time: few where they take
// much memory.
int64_t parts_of(int64_t weights, int64_t tiles) {
  constexpr int64_t numbers = 1 << 21;
  return std::min(tiles, std::min<int64_t>(32, std::max<int64_t>(4, numbers / weights)));
}

}  // namespace

at::Tensor pointwise_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, const at::Tensor &bias, const NormKernel &kernel) {
  const Tiles tiles(x);
  const auto packed = by_output(weight);
  const int64_t outputs = weight.size(0), wide = packed.size(0) * kChunk;
  const auto start = at::zeros({wide}, at::kFloat);
  if (bias.defined()) start.narrow(0, 0, outputs).copy_(bias);
  const auto columns = at::empty({at::get_num_threads(), kRowTile * tiles.channels}, at::kFloat);
  const auto sums = at::empty({at::get_num_threads(), kRowTile * wide}, at::kFloat);
  auto y = at::empty({x.size(0), outputs, x.size(2), x.size(3)}, x.options().memory_format(kInnermost));
  parallel(0, tiles.count, 1, [&](int64_t begin, int64_t end) {
    PointwiseForward t{};
    t.outputs = outputs, t.panels = packed.size(0);
    t.weight = packed.data_ptr<float>(), t.bias = start.data_ptr<float>();
    t.columns = columns.data_ptr<float>() + omp_get_thread_num() * columns.size(1);
    t.sums = sums.data_ptr<float>() + omp_get_thread_num() * sums.size(1);
    for (int64_t tile = begin; tile < end; tile++) {
      tiles.fill(&t, x, norm_channels(numbers), tile);
      t.y = y.data_ptr<float>() + tile * kRowTile * outputs;
      kernel.pointwise[activation](t);
    }
  });
  return y;
}

NormGradients pointwise_cpu_backward(const at::Tensor &x, const NormBack &norm, const at::Tensor &weight, const at::Tensor &grad, const NormKernel &kernel) {
  const Tiles tiles(x);
  const auto packed = by_channel(weight);
  const int64_t outputs = weight.size(0), parts = parts_of(packed.numel(), tiles.count);
  NormGradients g;
  g.x = at::empty_like(x);
  const auto weights = at::zeros({parts, packed.size(0), outputs, kChunk}, at::kFloat);
  Sums sums(tiles.count, tiles.channels);
  parallel(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++) {
      PointwiseBackward t{};
      t.outputs = outputs, t.weight = packed.data_ptr<float>();
      t.grad_weight = weights.data_ptr<float>() + part * weights.stride(0);
      for (int64_t tile = part * tiles.count / parts; tile < (part + 1) * tiles.count / parts; tile++) {
        tiles.fill(&t, x, norm_channels(norm.numbers), tile);
        t.g = grad.data_ptr<float>() + tile * kRowTile * outputs;
        t.m = g.x.data_ptr<float>() + tile * kRowTile * tiles.channels;
        t.sum = sums.first(tile), t.along = sums.second(tile);
        kernel.pointwise_backward[norm.activation](t);
      }
    }
  });
  auto sum = weights[0];
  for (int64_t part = 1; part < parts; part++) sum.add_(weights[part]);
  g.other = sum.transpose(0, 1).flatten(1).narrow(1, 0, tiles.channels).reshape(weight.sizes()).contiguous();
  if (norm.numbers.defined()) norm_through(x, norm, sums.total(), kernel, &g);
  return g;
}

}  // namespace torchx
