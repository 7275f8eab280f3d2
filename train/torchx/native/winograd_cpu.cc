#include "winograd_cpu.h"

#include "norm_sums.h"

namespace torchx {
namespace {

// The matrix G.
struct Filter {
  float g[6][3];

  Filter() {
    constexpr double a = kWinogradA, b = kWinogradB, n = 1 / (a * a * b * b), na = 1 / (2 * a * a * (a * a - b * b)), nb = 1 / (2 * b * b * (b * b - a * a));
    constexpr double exact[6][3] = {{n, 0, 0}, {na, a * na, a * a * na}, {na, -a * na, a * a * na}, {nb, b * nb, b * b * nb}, {nb, -b * nb, b * b * nb}, {0, 0, 1}};
    for (int i = 0; i < 6; i++) {
      for (int j = 0; j < 3; j++) g[i][j] = static_cast<float>(exact[i][j]);
    }
  }
};

const Filter filter;

// to = Σ_k factors[k·step] from[k·apart] for kChunk numbers each.
template <int Terms>
inline void combine(const float *factors, int64_t step, const float *from, int64_t apart, float *__restrict to) {
  for (int i = 0; i < kChunk; i++) {
    float sum = 0;
    for (int k = 0; k < Terms; k++) sum += factors[k * step] * from[k * apart + i];
    to[i] = sum;
  }
}

// Weights at their places, G g Gᵀ, as rows of kChunk outputs: 36,panels,C,kChunk, zeros
// added. tap(output, channel, t) is a weight's number t of nine.
template <typename Tap>
at::Tensor filters(int64_t outputs, int64_t channels, const Tap &tap) {
  const int64_t panels = round_up(outputs, kChunk) / kChunk, plane = panels * channels * kChunk;
  auto places = at::empty({kPlaces, panels, channels, kChunk}, at::kFloat);
  float *to = places.data_ptr<float>();
  parallel(0, panels * channels, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t first = i / channels * kChunk, channel = i % channels, n = std::min<int64_t>(kChunk, outputs - first);
      float taps[9][kChunk] = {}, half[6][3][kChunk];
      for (int64_t k = 0; k < n; k++) {
        for (int t = 0; t < 9; t++) taps[t][k] = tap(first + k, channel, t);
      }
      for (int p = 0; p < 6; p++) {
        for (int j = 0; j < 3; j++) combine<3>(filter.g[p], 1, taps[j], 3 * kChunk, half[p][j]);
        for (int q = 0; q < 6; q++) combine<3>(filter.g[q], 1, half[p][0], kChunk, to + (6 * p + q) * plane + i * kChunk);
      }
    }
  });
  return places;
}

// Takes the gradient of places, 36,chunks,O,kChunk, to that of weights, Gᵀ u G:
// put(output, channel, t, gradient).
template <typename Put>
void gather(const at::Tensor &places, int64_t channels, const Put &put) {
  const int64_t chunks = places.size(1), outputs = places.size(2), plane = chunks * outputs * kChunk;
  const float *from = places.data_ptr<float>();
  parallel(0, chunks * outputs, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t first = i / outputs * kChunk, output = i % outputs, n = std::min<int64_t>(kChunk, channels - first);
      float half[6][3][kChunk], taps[kChunk];
      for (int p = 0; p < 6; p++) {
        for (int j = 0; j < 3; j++) combine<6>(&filter.g[0][j], 3, from + 6 * p * plane + i * kChunk, plane, half[p][j]);
      }
      for (int t = 0; t < 9; t++) {
        combine<6>(&filter.g[0][t / 3], 3, half[0][t % 3], 3 * kChunk, taps);
        for (int64_t k = 0; k < n; k++) put(output, first + k, t, taps[k]);
      }
    }
  });
}

// The numbers of weights O,C,3,3.
struct Taps {
  at::Tensor weight;
  const float *data;
  int64_t channels;

  explicit Taps(const at::Tensor &w) : weight(w.contiguous()), data(weight.data_ptr<float>()), channels(w.size(1)) {}
  float operator()(int64_t output, int64_t channel, int t) const { return data[(output * channels + channel) * 9 + t]; }
};

// Room for the places of a block of tiles: 36,tiles,stride, zeros where there are no
// channels, or everywhere at first. The stride is no power of two, which would fill few sets of a cache.
struct Places {
  at::Tensor room;
  int64_t stride, plane;

  Places(int64_t tiles, int64_t channels, bool zeros = false) : stride(row(channels)), plane(tiles * stride) {
    room = channels % kChunk == 0 && !zeros ? at::empty({kPlaces, tiles, stride}, at::kFloat) : at::zeros({kPlaces, tiles, stride}, at::kFloat);
  }
  static int64_t row(int64_t channels) { return round_up(channels, kChunk) + 16; }
  float *at(int64_t place) const { return room.data_ptr<float>() + place * plane; }
};

// The tiles of a batch of maps, a block at a time.
struct TileBlocks {
  int64_t tiles, block;

  // Two rooms of so many channels take about so many bytes.
  TileBlocks(const at::Tensor &x, int64_t channels, int64_t others, int64_t bytes) : tiles(x.size(0) * ((x.size(2) + 3) / 4) * ((x.size(3) + 3) / 4)) {
    const int64_t each = kPlaces * static_cast<int64_t>(sizeof(float)) * (Places::row(channels) + Places::row(others));
    block = std::min(tiles, std::max<int64_t>(24, bytes / each / 12 * 12));  // 12: the rows of a product
  }

  template <typename Body>
  void each(const Body &body) const {
    for (int64_t first = 0; first < tiles; first += block) body(first, std::min(tiles, first + block));
  }
};

constexpr int64_t kBlockBytes = 2 << 20, kSumBytes = 4 << 20;  // of places at a time

// The tiles that a thread works on by itself: more of them where there are more
// weights, which are read once for all, and few enough to stay in a cache.
int64_t own_tiles(int64_t tiles, int64_t channels, int64_t outputs) {
  constexpr int64_t rows = 24, bytes = 6 << 20, threads_share = 12;
  const int64_t each = kPlaces * static_cast<int64_t>(sizeof(float)) * (Places::row(channels) + Places::row(outputs));
  const int64_t wanted = rows * std::max<int64_t>(64, channels * outputs / (channels + outputs)) / 64;
  const int64_t most = std::min(std::min(wanted, bytes / each), tiles / at::get_num_threads());
  return std::max(rows / 2, most / threads_share * threads_share);
}

// Runs body(places of channels, places of outputs, first tile, end) for all tiles, in
// parallel, or in parts that are to be in parallel themselves where they are few.
// Places of outputs that body never writes are 0 if zeros are wanted.
template <typename Body>
void each_block(const at::Tensor &x, int64_t channels, int64_t outputs, bool zeros, const Body &body) {
  const TileBlocks few(x, channels, outputs, kBlockBytes);
  const int64_t own = own_tiles(few.tiles, channels, outputs), blocks = (few.tiles + own - 1) / own;
  if (blocks < at::get_num_threads()) {
    const Places in(few.block, channels), out(few.block, outputs, zeros);
    few.each([&](int64_t first, int64_t end) { body(in, out, first, end); });
    return;
  }
  parallel(0, blocks, 1, [&](int64_t begin, int64_t end) {
    const Places in(own, channels), out(own, outputs, zeros);
    for (int64_t i = begin; i < end; i++) body(in, out, i * own, std::min(few.tiles, (i + 1) * own));
  });
}

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

void write(const Maps &maps, const After &after, const Places &places, int64_t channel, int64_t first, int64_t end, const WinogradKernel &kernel) {
  parallel(first, end, 4, [&](int64_t from, int64_t to) {
    WinogradWrite w{};
    fill(&w, maps, places, channel, first, from, to);
    w.bias = after.bias.defined() ? after.bias.data_ptr<float>() : nullptr;
    w.added = after.added.defined() ? after.added.data_ptr<float>() : nullptr;
    w.map = maps.data;
    kernel.output[after.activation](w);
  });
}

// The products of a block: places of outputs from those of channels and weights, but
// for pairs of place and panel that are to be left out.
template <typename LeftOut>
void multiply(const Places &in, int64_t channels, const at::Tensor &weights, const Places &out, int64_t tiles, const WinogradKernel &kernel, const LeftOut &left_out) {
  const int64_t panels = weights.size(1);
  parallel(0, kPlaces * panels, 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const int64_t place = i / panels, panel = i % panels;
      if (left_out(place, panel)) continue;
      kernel.multiply(tiles, channels, in.at(place), in.stride, weights.data_ptr<float>() + i * channels * kChunk, out.at(place) + panel * kChunk, out.stride);
    }
  });
}

void multiply(const Places &in, int64_t channels, const at::Tensor &weights, const Places &out, int64_t tiles, const WinogradKernel &kernel) {
  multiply(in, channels, weights, out, tiles, kernel, [](int64_t, int64_t) { return false; });
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

// What a normalisation makes of x, convolved with weights at their places.
at::Tensor convolve(const at::Tensor &x, const NormChannels &norm, Activation activation, const at::Tensor &weights, int64_t outputs, const After &after,
                    const WinogradKernel &kernel) {
  const int64_t channels = x.size(1);
  auto y = at::empty({x.size(0), outputs, x.size(2), x.size(3)}, x.options().memory_format(kInnermost));
  each_block(x, channels, outputs, false, [&](const Places &in, const Places &out, int64_t first, int64_t end) {
    read(Maps(x), norm, in, 0, first, end, kernel.input[activation]);
    multiply(in, channels, weights, out, end - first, kernel);
    write(Maps(y), after, out, 0, first, end, kernel);
  });
  return y;
}

at::Tensor zero_sums(int64_t channels, int64_t outputs) { return at::zeros({kPlaces, round_up(channels, kChunk) / kChunk, outputs, kChunk}, at::kFloat); }

}  // namespace

at::Tensor conv3x3_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, const at::Tensor &bias,
                       const WinogradKernel &kernel) {
  return convolve(x, norm_channels(numbers), activation, conv3x3_places(weight), weight.size(0), {bias, {}, kIdentity}, kernel);
}

at::Tensor conv3x3_places(const at::Tensor &weight) { return filters(weight.size(0), weight.size(1), Taps(weight)); }

at::Tensor conv3x3_cpu(const at::Tensor &x, const at::Tensor &places, int64_t outputs, const After &after, const WinogradKernel &kernel) {
  return convolve(x, norm_channels({}), kIdentity, places, outputs, after, kernel);
}

at::Tensor conv3x3_cpu_input(const at::Tensor &grad, const at::Tensor &weight, const WinogradKernel &kernel) {
  const Taps taps(weight);
  const auto turned = filters(weight.size(1), weight.size(0), [&](int64_t output, int64_t channel, int t) { return taps(channel, output, 8 - t); });
  return convolve(grad, norm_channels({}), kIdentity, turned, weight.size(1), {{}, {}, kIdentity}, kernel);
}

at::Tensor conv3x3_cpu_weight(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &grad, const WinogradKernel &kernel) {
  const int64_t channels = x.size(1), outputs = grad.size(1);
  const TileBlocks blocks(x, channels, outputs, kSumBytes);
  const Places in(blocks.block, channels), up(blocks.block, outputs);
  const auto sums = zero_sums(channels, outputs);
  blocks.each([&](int64_t first, int64_t end) {
    read(Maps(x), norm_channels(numbers), in, 0, first, end, kernel.input[activation]);
    read(Maps(grad), norm_channels({}), up, 0, first, end, kernel.gradient);
    accumulate(up, outputs, in, sums, end - first, kernel);
  });
  auto weight = at::empty({outputs, channels, 3, 3}, at::kFloat);
  float *to = weight.data_ptr<float>();
  gather(sums, channels, [=](int64_t output, int64_t channel, int t, float g) { to[(output * channels + channel) * 9 + t] = g; });
  return weight;
}

namespace {

// With kernel 4, stride 2 and padding 1, an output cell of even row sees rows i-1 and
// i of the input through taps 3 and 1, one of odd row i and i+1 through taps 2 and 0;
// columns alike. So the four parities are outputs of one 3×3 convolution, 4O,I,3,3, of
// whose taps five are 0.
constexpr int kTaps[2][3] = {{3, 1, -1}, {-1, 2, 0}};

// Where in weights I,O,4,4 number t of an output of the 3×3 convolution stands, or -1.
struct Quarters {
  int64_t outputs;  // O

  int64_t operator()(int64_t output, int64_t channel, int t) const {
    const int64_t parity = output / outputs;
    const int row = kTaps[parity / 2][t / 3], column = kTaps[parity % 2][t % 3];
    return row < 0 || column < 0 ? -1 : ((channel * outputs + output % outputs) * 4 + row) * 4 + column;
  }
};

}  // namespace

at::Tensor double_places(const at::Tensor &weight) {
  const auto whole = weight.contiguous();
  const Quarters place{weight.size(1)};
  return filters(4 * weight.size(1), weight.size(0), [&, w = whole.data_ptr<float>()](int64_t output, int64_t channel, int t) {
    const int64_t i = place(output, channel, t);
    return i < 0 ? 0 : w[i];
  });
}

at::Tensor double_cpu(const at::Tensor &x, const at::Tensor &places, int64_t outputs, const After &after, const WinogradKernel &kernel) {
  const int64_t channels = x.size(1);
  // A third row of taps that is 0 makes the last row of places 0, a first one the
  // first; columns alike: 11 of 36 products are 0.
  const auto nothing = [=](int64_t place, int64_t panel) {
    const int64_t parity = panel * kChunk / outputs;
    return outputs % kChunk == 0 && (place / 6 == (parity / 2 ? 0 : 5) || place % 6 == (parity % 2 ? 0 : 5));
  };
  auto y = at::empty({x.size(0), outputs, 2 * x.size(2), 2 * x.size(3)}, x.options().memory_format(kInnermost));
  each_block(x, channels, 4 * outputs, true, [&](const Places &in, const Places &out, int64_t first, int64_t end) {
    read(Maps(x), norm_channels({}), in, 0, first, end, kernel.input[kIdentity]);
    multiply(in, channels, places, out, end - first, kernel, nothing);
    for (int64_t parity = 0; parity < 4; parity++) write(Maps(y).quarter(parity), after, out, parity * outputs, first, end, kernel);
  });
  return y;
}

DoubleGradients double_cpu_backward(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &grad, const WinogradKernel &kernel) {
  const int64_t channels = x.size(1), outputs = weight.size(1);
  const TileBlocks blocks(x, channels, 4 * outputs, kSumBytes);
  const Places maps(blocks.block, channels), up(blocks.block, 4 * outputs);
  const auto whole = weight.contiguous();
  const Quarters place{outputs};
  const auto weights = filters(channels, 4 * outputs, [&, w = whole.data_ptr<float>()](int64_t output, int64_t channel, int t) {
    const int64_t i = place(channel, output, 8 - t);
    return i < 0 ? 0 : w[i];
  });
  const auto sums = zero_sums(channels, 4 * outputs);
  const auto quarters = [&](int64_t first, int64_t end, void (*read_with)(const WinogradRead &)) {
    for (int64_t parity = 0; parity < 4; parity++) read(Maps(grad).quarter(parity), norm_channels({}), up, parity * outputs, first, end, read_with);
  };
  auto dx = at::empty_like(x);
  blocks.each([&](int64_t first, int64_t end) {
    quarters(first, end, kernel.input[kIdentity]);
    multiply(up, 4 * outputs, weights, maps, end - first, kernel);
    write(Maps(dx), {{}, {}, kIdentity}, maps, 0, first, end, kernel);
    read(Maps(x), norm_channels({}), maps, 0, first, end, kernel.input[kIdentity]);
    quarters(first, end, kernel.gradient);
    accumulate(up, 4 * outputs, maps, sums, end - first, kernel);
  });
  auto slope = at::empty(weight.sizes(), at::kFloat);
  gather(sums, channels, [=, to = slope.data_ptr<float>()](int64_t output, int64_t channel, int t, float g) {
    const int64_t i = place(output, channel, t);
    if (i >= 0) to[i] = g;
  });
  return {dx, slope};
}

}  // namespace torchx
