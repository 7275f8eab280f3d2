#include "folded_outputs.h"

namespace torchx {
Panels::Panels(const at::Tensor &w, const at::Tensor &b, int64_t s, int64_t p) : outputs(w.size(0)), channels(w.size(1)), kernel(w.size(2)), stride(s), padding(p) {
  const int64_t all = folded_wide(outputs), n = depth();
  bias = at::constant_pad_nd(b, {0, all - outputs});
  weight = at::empty({all * n}, at::kFloat);
  const auto rows = at::constant_pad_nd(w.permute({0, 2, 3, 1}).reshape({outputs, n}), {0, 0, 0, all - outputs});
  for (int64_t o = 0; o < all; o += kChunk) {
    const int64_t wide = std::min<int64_t>(kChunk, all - o);
    weight.narrow(0, o * n, wide * n).copy_(rows.narrow(0, o, wide).t().flatten());
  }
}

namespace {

// The taps of a convolution, in groups that are copied beside each other at a time.
struct Columns {
  const at::Tensor &x;
  const Panels &panels;
  int64_t height, width, out_width, out_cells;
  int64_t taps;  // of a group: all, those of a row, or one

  Columns(const Panels &p, const at::Tensor &maps)
      : x(maps), panels(p), height(x.size(2)), width(x.size(3)), out_width(p.out(width)), out_cells(p.out(height) * out_width), taps(p.kernel * p.kernel) {
    constexpr int64_t most = 768;  // numbers of a row
    if (taps * p.channels > most) taps = p.kernel;
    if (taps * p.channels > most) taps = 1;
  }
  int64_t stride() const { return round_up(taps * panels.channels, 16) + 16; }

  // What taps first, …, first+taps-1 see at a cell of the output, (b·H + y)·W + x.
  void copy(int64_t cell, int64_t first, float *to) const {
    const int64_t k = panels.kernel, within = cell % out_cells;
    const int64_t y = within / out_width * panels.stride - panels.padding, left = within % out_width * panels.stride - panels.padding;
    const float *map = numbers(x) + cell / out_cells * image_numbers(x);
    for (int64_t tap = first; tap < first + taps;) {
      const int64_t begin = tap % k, n = std::min(k - begin, first + taps - tap);
      copy_run(map, y + tap / k, left + begin, n, to);
      to += n * panels.channels;
      tap += n;
    }
  }

 private:
  // Cells left, …, left+n-1 of a row y, zeros for those outside the map.
  void copy_run(const float *map, int64_t y, int64_t left, int64_t n, float *to) const {
    const int64_t c = panels.channels;
    const bool inside = y >= 0 && y < height;
    if (inside && left >= 0 && left + n <= width) return copy_numbers(map + (y * width + left) * c, n * c, to);
    for (int64_t i = 0; i < n; i++, to += c) {
      if (inside && left + i >= 0 && left + i < width) {
        copy_numbers(map + (y * width + left + i) * c, c, to);
      } else {
        std::fill_n(to, c, 0.0f);
      }
    }
  }

  // Few are copied faster one by one than by a call.
  static void copy_numbers(const float *from, int64_t n, float *to) {
    if (n >= 32) {
      memcpy(to, from, n * sizeof(float));
    } else {
      for (int64_t i = 0; i < n; i++) to[i] = from[i];
    }
  }
};

// Convolves x at cell_of(row) for each row of y.
template <typename CellOf>
void direct(const Columns &columns, const at::Tensor &y, const After &after, const FoldedKernel &kernel, const CellOf &cell_of) {
  const Panels &p = columns.panels;
  const int64_t rows = y.numel() / p.outputs, tiles = (rows + kRowTile - 1) / kRowTile, room = kRowTile * columns.stride();
  const Rooms rooms(room + Outputs::room(p));
  parallel(0, tiles, 1, [&](int64_t begin, int64_t end) {
    float *own = rooms.own();
    Outputs outputs(p, after, own + room);
    for (int64_t tile = begin; tile < end; tile++) {
      const int64_t first = tile * kRowTile;
      FoldedProduct t{};
      t.rows = std::min<int64_t>(kRowTile, rows - first);
      t.a = own, t.stride = columns.stride();
      t.depth = columns.taps * p.channels;
      outputs.begin(&t, numbers(y), first);
      for (int64_t tap = 0; tap < p.kernel * p.kernel; tap += columns.taps) {
        for (int64_t i = 0; i < t.rows; i++) columns.copy(cell_of(first + i), tap, own + i * t.stride);
        t.begin = tap * p.channels;
        kernel.product(t);
      }
      outputs.end(t);
    }
  });
}

}  // namespace

at::Tensor direct_cpu(const at::Tensor &x, const Panels &p, const After &after, const FoldedKernel &kernel) {
  auto y = new_map(x, p.outputs, p.out(x.size(2)), p.out(x.size(3)));
  direct(Columns(p, x), y, after, kernel, [](int64_t row) { return row; });
  return y;
}

at::Tensor direct_cpu(const at::Tensor &x, const std::vector<int64_t> &cells, const Panels &p, const After &after, const FoldedKernel &kernel) {
  auto y = at::empty({static_cast<int64_t>(cells.size()), p.outputs, 1, 1}, x.options().memory_format(kInnermost));
  direct(Columns(p, x), y, after, kernel, [&](int64_t row) { return cells[row]; });
  return y;
}

at::Tensor pointwise_cpu(const std::vector<at::Tensor> &x, const Panels &p, const After &after, const FoldedKernel &kernel) {
  const int64_t rows = x[0].numel() / x[0].size(1), tiles = (rows + kRowTile - 1) / kRowTile;
  auto y = new_map(x[0], p.outputs, x[0].size(2), x[0].size(3));
  const Rooms rooms(Outputs::room(p));
  parallel(0, tiles, 1, [&](int64_t begin, int64_t end) {
    Outputs outputs(p, after, rooms.own());
    for (int64_t tile = begin; tile < end; tile++) {
      FoldedProduct t{};
      t.rows = std::min<int64_t>(kRowTile, rows - tile * kRowTile);
      outputs.begin(&t, numbers(y), tile * kRowTile);
      for (const auto &part : x) {
        t.depth = t.stride = part.size(1);
        t.a = numbers(part) + tile * kRowTile * t.stride;
        kernel.product(t);
        t.begin += t.depth;
      }
      outputs.end(t);
    }
  });
  return y;
}

at::Tensor pointwise_cpu(const at::Tensor &x, const at::Tensor &factors, const Panels &p, const After &after, const FoldedKernel &kernel) {
  const int64_t channels = x.size(1), cells = image_numbers(x) / channels, tiles = (cells + kRowTile - 1) / kRowTile, room = kRowTile * channels;
  auto y = new_map(x, p.outputs, x.size(2), x.size(3));
  const Rooms rooms(room + Outputs::room(p));
  parallel(0, x.size(0) * tiles, 1, [&](int64_t begin, int64_t end) {
    float *own = rooms.own();
    Outputs outputs(p, after, own + room);
    for (int64_t i = begin; i < end; i++) {
      const int64_t image = i / tiles, row = image * cells + i % tiles * kRowTile;
      FoldedProduct t{};
      t.rows = std::min((image + 1) * cells - row, static_cast<int64_t>(kRowTile));
      t.a = own, t.depth = t.stride = channels;
      for (int64_t k = 0; k < t.rows; k++) {
        const float *__restrict from = numbers(x) + (row + k) * channels, *__restrict factor = numbers(factors) + image * channels;
        float *__restrict to = own + k * channels;
        for (int64_t c = 0; c < channels; c++) to[c] = factor[c] * from[c];
      }
      outputs.begin(&t, numbers(y), row);
      kernel.product(t);
      outputs.end(t);
    }
  });
  return y;
}

}  // namespace torchx
