#include "winograd_cpu.h"

#include "norm_sums.h"

namespace torchx {
namespace {

constexpr auto kInnermost = at::MemoryFormat::ChannelsLast;

int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

// G ⊗ G: what a weight's nine numbers are multiplied with at each place.
struct Spread {
  float factor[kPlaces][9];

  Spread() {
    constexpr double a = kWinogradA, b = kWinogradB, n = 1 / (a * a * b * b), na = 1 / (2 * a * a * (a * a - b * b)), nb = 1 / (2 * b * b * (b * b - a * a));
    constexpr double g[6][3] = {{n, 0, 0}, {na, a * na, a * a * na}, {na, -a * na, a * a * na}, {nb, b * nb, b * b * nb}, {nb, -b * nb, b * b * nb}, {0, 0, 1}};
    for (int p = 0; p < kPlaces; p++) {
      for (int k = 0; k < 9; k++) factor[p][k] = static_cast<float>(g[p / 6][k / 3] * g[p % 6][k % 3]);
    }
  }
};

// Makes a list of rows of numbers of another: to[i] = Σ_k factor(i, k) from[k].
template <typename Factor>
at::Tensor combined(const at::Tensor &from, int64_t rows, const Factor &factor) {
  const int64_t terms = from.size(0), numbers = from.numel() / terms;
  auto sizes = from.sizes().vec();
  sizes[0] = rows;
  auto to = at::empty(sizes, at::kFloat);
  const float *source = from.data_ptr<float>();
  float *target = to.data_ptr<float>();
  constexpr int64_t part = 512;  // numbers of each row, that stay in a cache
  parallel(0, (numbers + part - 1) / part, 1, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin * part; first < std::min(numbers, end * part); first += part) {
      const int64_t n = std::min(part, numbers - first);
      for (int64_t i = 0; i < rows; i++) {
        float *__restrict sum = target + i * numbers + first;
        std::fill_n(sum, n, 0.f);
        for (int64_t k = 0; k < terms; k++) {
          const float f = factor(i, k);
          if (f == 0) continue;
          const float *__restrict term = source + k * numbers + first;
          for (int64_t j = 0; j < n; j++) sum[j] += f * term[j];
        }
      }
    }
  });
  return to;
}

const Spread spread;

// Weights O,C,3,3 at their places, as rows of kChunk outputs: 36,panels,C,kChunk, zeros
// added.
at::Tensor filters(const at::Tensor &weight) {
  const int64_t outputs = round_up(weight.size(0), kChunk), channels = weight.size(1);
  const auto whole = at::constant_pad_nd(weight.flatten(2), {0, 0, 0, 0, 0, outputs - weight.size(0)});
  const auto rows = whole.view({-1, kChunk, channels, 9}).permute({3, 0, 2, 1}).contiguous();
  return combined(rows, kPlaces, [](int64_t place, int64_t tap) { return spread.factor[place][tap]; });
}

// The gradient of weights O,C,3,3 from that of their places, 36,chunks,O,kChunk.
at::Tensor gathered(const at::Tensor &places, int64_t channels) {
  const auto taps = combined(places, 9, [](int64_t tap, int64_t place) { return spread.factor[place][tap]; });
  return taps.permute({2, 1, 3, 0}).flatten(1, 2).narrow(1, 0, channels).reshape({places.size(2), channels, 3, 3}).contiguous();
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

// A batch of maps B,C,H,W, or of its cells y,x with y % 2 == row and x % 2 == column.
struct Maps {
  float *data;
  int64_t height, width, channels, cell, row, image;

  explicit Maps(const at::Tensor &t)
      : data(t.data_ptr<float>()), height(t.size(2)), width(t.size(3)), channels(t.size(1)), cell(channels), row(width * cell), image(height * row) {}

  Maps quarter(int64_t parity) const {
    Maps q = *this;
    q.data += parity / 2 * row + parity % 2 * cell;
    q.height /= 2, q.width /= 2, q.cell *= 2, q.row *= 2;
    return q;
  }
};

// The tiles from first to end of maps, whose places begin at a channel of those of a block.
void fill(WinogradTiles *t, const Maps &maps, const Places &places, int64_t channel, int64_t block, int64_t first, int64_t end) {
  t->height = maps.height, t->width = maps.width, t->channels = maps.channels;
  t->cell = maps.cell, t->row = maps.row, t->image = maps.image;
  t->first = first, t->end = end;
  t->places = places.at(0) + (first - block) * places.stride + channel;
  t->stride = places.stride, t->plane = places.plane;
}

// Places of some maps, a tile at a time: read with a kernel, or written.
void read(const Maps &maps, const NormChannels &norm, const Places &places, int64_t channel, int64_t first, int64_t end, void (*kernel)(const WinogradRead &)) {
  parallel(first, end, 4, [&](int64_t from, int64_t to) {
    WinogradRead r{};
    fill(&r, maps, places, channel, first, from, to);
    r.norm = norm;
    r.map = maps.data;
    kernel(r);
  });
}

void write(const Maps &maps, const float *bias, const Places &places, int64_t channel, int64_t first, int64_t end, const WinogradKernel &kernel) {
  parallel(first, end, 4, [&](int64_t from, int64_t to) {
    WinogradWrite w{};
    fill(&w, maps, places, channel, first, from, to);
    w.bias = bias;
    w.map = maps.data;
    kernel.output(w);
  });
}

// The products of a block: places of outputs from those of channels and weights.
void multiply(const Places &in, int64_t channels, const at::Tensor &weights, const Places &out, int64_t tiles, const WinogradKernel &kernel) {
  const int64_t panels = weights.size(1);
  parallel(0, kPlaces * panels, 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const int64_t place = i / panels, panel = i % panels;
      kernel.multiply(tiles, channels, in.at(place), in.stride, weights.data_ptr<float>() + i * channels * kChunk, out.at(place) + panel * kChunk, out.stride);
    }
  });
}

// Adds the products of a block, of gradients of the outputs and inputs, to sums
// 36,chunks,O,kChunk.
void accumulate(const Places &up, int64_t outputs, const Places &in, const at::Tensor &sums, int64_t tiles, const WinogradKernel &kernel) {
  const int64_t chunks = sums.size(1);
  parallel(0, kPlaces * chunks, 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const int64_t place = i / chunks, chunk = i % chunks;
      kernel.accumulate(outputs, tiles, up.at(place), up.stride, in.at(place) + chunk * kChunk, in.stride, sums.data_ptr<float>() + i * outputs * kChunk);
    }
  });
}

constexpr int64_t kBlockBytes = 2 << 20, kSumBytes = 4 << 20;  // of places at a time

// x convolved with weights at their places.
at::Tensor convolve(const at::Tensor &x, const NormChannels &norm, Activation activation, const at::Tensor &weights, int64_t outputs, const at::Tensor &bias,
                    const WinogradKernel &kernel) {
  const int64_t channels = x.size(1);
  const Blocks blocks(x, channels, outputs, kBlockBytes);
  const Places in(blocks.block, channels), out(blocks.block, outputs);
  auto y = at::empty({x.size(0), outputs, x.size(2), x.size(3)}, x.options().memory_format(kInnermost));
  blocks.each([&](int64_t first, int64_t end) {
    read(Maps(x), norm, in, 0, first, end, kernel.input[activation]);
    multiply(in, channels, weights, out, end - first, kernel);
    write(Maps(y), bias.defined() ? bias.data_ptr<float>() : nullptr, out, 0, first, end, kernel);
  });
  return y;
}

at::Tensor zero_sums(int64_t channels, int64_t outputs) { return at::zeros({kPlaces, round_up(channels, kChunk) / kChunk, outputs, kChunk}, at::kFloat); }

}  // namespace

at::Tensor conv3x3_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, const at::Tensor &bias,
                       const WinogradKernel &kernel) {
  return convolve(x, norm_channels(numbers), activation, filters(weight), weight.size(0), bias, kernel);
}

at::Tensor conv3x3_cpu_input(const at::Tensor &grad, const at::Tensor &weight, const WinogradKernel &kernel) {
  const auto turned = weight.transpose(0, 1).flip({2, 3}).contiguous();
  return convolve(grad, norm_channels({}), kIdentity, filters(turned), weight.size(1), {}, kernel);
}

at::Tensor conv3x3_cpu_weight(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &grad, const WinogradKernel &kernel) {
  const int64_t channels = x.size(1), outputs = grad.size(1);
  const Blocks blocks(x, channels, outputs, kSumBytes);
  const Places in(blocks.block, channels), up(blocks.block, outputs);
  const auto sums = zero_sums(channels, outputs);
  blocks.each([&](int64_t first, int64_t end) {
    read(Maps(x), norm_channels(numbers), in, 0, first, end, kernel.input[activation]);
    read(Maps(grad), norm_channels({}), up, 0, first, end, kernel.gradient);
    accumulate(up, outputs, in, sums, end - first, kernel);
  });
  return gathered(sums, channels);
}

namespace {

// With kernel 4, stride 2 and padding 1, an output cell of even row sees rows i-1 and
// i of the input through taps 3 and 1, one of odd row i and i+1 through taps 2 and 0;
// columns alike. So the four parities are outputs of one 3×3 convolution, 4O,I,3,3, of
// whose taps five are 0.
constexpr int kTaps[2][3] = {{3, 1, -1}, {-1, 2, 0}};

template <typename Body>
void each_tap(const Body &body) {
  for (int parity = 0; parity < 4; parity++) {
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        const int row = kTaps[parity / 2][i], column = kTaps[parity % 2][j];
        if (row >= 0 && column >= 0) body(parity, i, j, row, column);
      }
    }
  }
}

at::Tensor by_parity(const at::Tensor &weight) {
  const int64_t channels = weight.size(0), outputs = weight.size(1);
  auto all = at::zeros({4, outputs, channels, 3, 3}, at::kFloat);
  const auto turned = weight.transpose(0, 1);
  each_tap([&](int parity, int i, int j, int row, int column) {
    all.select(0, parity).select(3, j).select(2, i).copy_(turned.select(3, column).select(2, row));
  });
  return all.flatten(0, 1);
}

at::Tensor from_parities(const at::Tensor &grad, const at::Tensor &like) {
  auto weight = at::zeros(like.sizes(), at::kFloat);
  const auto all = grad.view({4, like.size(1), like.size(0), 3, 3});
  each_tap([&](int parity, int i, int j, int row, int column) {
    weight.transpose(0, 1).select(3, column).select(2, row).add_(all.select(0, parity).select(3, j).select(2, i));
  });
  return weight;
}

}  // namespace

at::Tensor double_cpu(const at::Tensor &x, const at::Tensor &weight, const WinogradKernel &kernel) {
  const int64_t channels = x.size(1), outputs = weight.size(1);
  const Blocks blocks(x, channels, 4 * outputs, kBlockBytes);
  const Places in(blocks.block, channels), out(blocks.block, 4 * outputs);
  const auto weights = filters(by_parity(weight));
  auto y = at::empty({x.size(0), outputs, 2 * x.size(2), 2 * x.size(3)}, x.options().memory_format(kInnermost));
  blocks.each([&](int64_t first, int64_t end) {
    read(Maps(x), norm_channels({}), in, 0, first, end, kernel.input[kIdentity]);
    multiply(in, channels, weights, out, end - first, kernel);
    for (int64_t parity = 0; parity < 4; parity++) write(Maps(y).quarter(parity), nullptr, out, parity * outputs, first, end, kernel);
  });
  return y;
}

DoubleGradients double_cpu_backward(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &grad, const WinogradKernel &kernel) {
  const int64_t channels = x.size(1), outputs = weight.size(1);
  const Blocks blocks(x, channels, 4 * outputs, kSumBytes);
  const Places maps(blocks.block, channels), up(blocks.block, 4 * outputs);
  const auto weights = filters(by_parity(weight).transpose(0, 1).flip({2, 3}).contiguous());
  const auto sums = zero_sums(channels, 4 * outputs);
  const auto quarters = [&](int64_t first, int64_t end, void (*read_with)(const WinogradRead &)) {
    for (int64_t parity = 0; parity < 4; parity++) read(Maps(grad).quarter(parity), norm_channels({}), up, parity * outputs, first, end, read_with);
  };
  auto dx = at::empty_like(x);
  blocks.each([&](int64_t first, int64_t end) {
    quarters(first, end, kernel.input[kIdentity]);
    multiply(up, 4 * outputs, weights, maps, end - first, kernel);
    write(Maps(dx), nullptr, maps, 0, first, end, kernel);
    read(Maps(x), norm_channels({}), maps, 0, first, end, kernel.input[kIdentity]);
    quarters(first, end, kernel.gradient);
    accumulate(up, 4 * outputs, maps, sums, end - first, kernel);
  });
  return {dx, from_parities(gathered(sums, channels), weight)};
}

}  // namespace torchx
