#include "winograd_cpu.h"

#include "norm_sums.h"

namespace torchx {
namespace {

constexpr auto kInnermost = at::MemoryFormat::ChannelsLast;

int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

// G ⊗ G, 36,9: weights at their 36 places.
at::Tensor spread() {
  constexpr float g[6][3] = {{1 / 4.f, 0, 0}, {-1 / 6.f, -1 / 6.f, -1 / 6.f}, {-1 / 6.f, 1 / 6.f, -1 / 6.f}, {1 / 24.f, 1 / 12.f, 1 / 6.f}, {1 / 24.f, -1 / 12.f, 1 / 6.f}, {0, 0, 1}};
  auto both = at::empty({kPlaces, 9}, at::kFloat);
  float *to = both.data_ptr<float>();
  for (int p = 0; p < kPlaces; p++) {
    for (int k = 0; k < 9; k++) to[p * 9 + k] = g[p / 6][k / 3] * g[p % 6][k % 3];
  }
  return both;
}

// Weights O,C,3,3 at their places, as rows of kChunk outputs: 36,panels,C,kChunk, zeros
// added.
at::Tensor filters(const at::Tensor &weight) {
  const int64_t outputs = round_up(weight.size(0), kChunk), channels = weight.size(1);
  const auto whole = at::constant_pad_nd(weight.flatten(2), {0, 0, 0, 0, 0, outputs - weight.size(0)});
  const auto rows = whole.view({-1, kChunk, channels, 9}).permute({3, 0, 2, 1}).contiguous();
  return at::mm(spread(), rows.view({9, -1})).view({kPlaces, -1, channels, kChunk});
}

// Room for the places of a block of tiles: 36,tiles,stride, zeros where there are no
// channels. The stride is no power of two, which would fill few sets of a cache.
struct Places {
  at::Tensor room;
  int64_t stride, plane;

  Places(int64_t tiles, int64_t channels) : stride(row(channels)), plane(tiles * stride) {
    room = channels % kChunk == 0 ? at::empty({kPlaces, tiles, stride}, at::kFloat) : at::zeros({kPlaces, tiles, stride}, at::kFloat);
  }
  static int64_t row(int64_t channels) { return round_up(channels, kChunk) + 16; }
  float *at(int64_t place) const { return room.data_ptr<float>() + place * plane; }
};

// The tiles of a batch of maps, a block at a time.
struct Blocks {
  int64_t tiles, block;

  // Two rooms of so many channels take about so many bytes.
  Blocks(const at::Tensor &x, int64_t channels, int64_t others, int64_t bytes) : tiles(x.size(0) * ((x.size(2) + 3) / 4) * ((x.size(3) + 3) / 4)) {
    const int64_t each = kPlaces * static_cast<int64_t>(sizeof(float)) * (Places::row(channels) + Places::row(others));
    block = std::min(tiles, std::max<int64_t>(24, bytes / each / 12 * 12));  // 12: the rows of a product
  }

  template <typename Body>
  void each(const Body &body) const {
    for (int64_t first = 0; first < tiles; first += block) body(first, std::min(tiles, first + block));
  }
};

void fill(WinogradTiles *t, const at::Tensor &map, const Places &places, int64_t block, int64_t first, int64_t end) {
  t->height = map.size(2), t->width = map.size(3), t->channels = map.size(1);
  t->first = first, t->end = end;
  t->places = places.at(0) + (first - block) * places.stride;
  t->stride = places.stride, t->plane = places.plane;
}

// Runs body(first, end) for parts of the tiles of a block in parallel.
template <typename Body>
void parts(int64_t first, int64_t end, const Body &body) {
  at::parallel_for(first, end, 4, body);
}

// The places of an input, normalised if norm has scales.
void read(const at::Tensor &x, const NormChannels &norm, const Places &places, int64_t first, int64_t end, void (*kernel)(const WinogradRead &)) {
  parts(first, end, [&](int64_t from, int64_t to) {
    WinogradRead r{};
    fill(&r, x, places, first, from, to);
    r.norm = norm;
    r.map = x.data_ptr<float>();
    kernel(r);
  });
}

// x convolved with weights at their places.
at::Tensor convolve(const at::Tensor &x, const NormChannels &norm, Activation activation, const at::Tensor &weights, int64_t outputs, const at::Tensor &bias,
                    const WinogradKernel &kernel) {
  const int64_t channels = x.size(1), panels = weights.size(1);
  const Blocks blocks(x, channels, outputs, 2 << 20);
  const Places in(blocks.block, channels), out(blocks.block, outputs);
  auto y = at::empty({x.size(0), outputs, x.size(2), x.size(3)}, x.options().memory_format(kInnermost));
  blocks.each([&](int64_t first, int64_t end) {
    read(x, norm, in, first, end, kernel.input[activation]);
    at::parallel_for(0, kPlaces * panels, 1, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i++) {
        const int64_t place = i / panels, panel = i % panels;
        kernel.multiply(end - first, channels, in.at(place), in.stride, weights.data_ptr<float>() + i * channels * kChunk, out.at(place) + panel * kChunk, out.stride);
      }
    });
    parts(first, end, [&](int64_t from, int64_t to) {
      WinogradWrite w{};
      fill(&w, y, out, first, from, to);
      w.bias = bias.defined() ? bias.data_ptr<float>() : nullptr;
      w.map = y.data_ptr<float>();
      kernel.output(w);
    });
  });
  return y;
}

}  // namespace

at::Tensor conv3x3_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, const at::Tensor &bias,
                       const WinogradKernel &kernel) {
  return convolve(x, norm_channels(numbers), activation, filters(weight), weight.size(0), bias, kernel);
}

at::Tensor conv3x3_cpu_input(const at::Tensor &grad, const at::Tensor &weight, const WinogradKernel &kernel) {
  const auto turned = weight.transpose(0, 1).flip({2, 3}).contiguous();
  return convolve(grad, norm_channels({}), kIdentity, filters(turned), weight.size(1), {}, kernel);
}

at::Tensor conv3x3_cpu_weight(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &grad, const at::Tensor &like,
                              const WinogradKernel &kernel) {
  const int64_t channels = x.size(1), outputs = grad.size(1), chunks = round_up(channels, kChunk) / kChunk;
  const Blocks blocks(x, channels, outputs, 4 << 20);
  const Places in(blocks.block, channels), up(blocks.block, outputs);
  const auto sums = at::zeros({kPlaces, chunks, outputs, kChunk}, at::kFloat);
  blocks.each([&](int64_t first, int64_t end) {
    read(x, norm_channels(numbers), in, first, end, kernel.input[activation]);
    read(grad, norm_channels({}), up, first, end, kernel.gradient);
    at::parallel_for(0, kPlaces * chunks, 1, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i++) {
        const int64_t place = i / chunks, chunk = i % chunks;
        kernel.accumulate(outputs, end - first, up.at(place), up.stride, in.at(place) + chunk * kChunk, in.stride, sums.data_ptr<float>() + i * outputs * kChunk);
      }
    });
  });
  const auto taps = at::mm(spread().t(), sums.view({kPlaces, -1})).view({9, chunks, outputs, kChunk});
  return taps.permute({2, 1, 3, 0}).flatten(1, 2).narrow(1, 0, channels).reshape(like.sizes()).contiguous();
}

}  // namespace torchx
