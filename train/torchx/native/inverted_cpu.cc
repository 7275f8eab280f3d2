// Inverted residual blocks, a few rows of the output at a time: the rows that the
// depthwise convolution reads are made just before and kept in a ring as long as it
// needs them, and its own stay in a cache until they are projected.
#include "folded_outputs.h"

namespace torchx {
namespace {

// The sizes of a block: C channels inside.
struct Shape {
  int64_t height, width, channels, out_height, out_width;
  int64_t kernel, stride;
  int64_t wide;  // numbers of a cell of the ring; 0 without an expansion

  Shape(const at::Tensor &x, const Inverted &b)
      : height(x.size(2)), width(x.size(3)), channels(b.depthwise->weight.size(1)), out_height(b.depthwise->out(height)), out_width(b.depthwise->out(width)),
        kernel(b.depthwise->kernel), stride(b.depthwise->stride), wide(b.expand ? b.expand->wide() : 0) {}

  // The first row of the input that a row of the output sees; it may lie outside.
  int64_t top(int64_t row) const { return row * stride - kernel / 2; }
  int64_t ring(int64_t group) const { return (group - 1) * stride + kernel; }
  int64_t ring_row() const { return width * wide; }
  int64_t zeros() const { return width * std::max(wide, channels); }
  int64_t convolved(int64_t group) const { return group * out_width * channels; }
};

// How many rows of the output are made together: so many that products have enough
// rows, and few enough to stay in a cache.
int64_t group_of(const Shape &s) {
  constexpr int64_t room = 96 << 10;
  int64_t group = 1;
  while (group < s.out_height && group * s.out_width < kRowTile && s.ring(group + 1) * s.ring_row() + s.convolved(group + 1) <= room) group++;
  return group;
}

// A thread's work on a block.
class Work {
 public:
  static int64_t room(const Shape &s, const Inverted &b, int64_t group) {
    return s.ring(group) * s.ring_row() + s.zeros() + (b.project ? s.convolved(group) + Outputs::room(*b.project) : 0);
  }

  Work(const Shape &s, const Inverted &b, int64_t group, const FoldedKernel &kernel, float *room)
      : s_(s), b_(b), group_(group), kernel_(kernel), ring_(room), zeros_(ring_ + s.ring(group) * s.ring_row()), convolved_(zeros_ + s.zeros()),
        sums_(convolved_ + s.convolved(group)) {
    std::fill_n(zeros_, s.zeros(), 0.0f);
  }

  // Rows first, …, end-1 of an image's output.
  void band(const at::Tensor &x, const at::Tensor &y, int64_t image, int64_t first, int64_t end) {
    x_ = numbers(x) + image * image_numbers(x);
    next_ = std::max<int64_t>(0, s_.top(first));
    for (int64_t row = first; row < end; row += group_) {
      const int64_t n = std::min(group_, end - row);
      if (b_.expand) expand(std::min(s_.height, s_.top(row + n - 1) + s_.kernel));
      float *to = b_.project ? convolved_ : numbers(y) + image * image_numbers(y) + row * s_.convolved(1);
      for (int64_t i = 0; i < n; i++) depthwise(row + i, to + i * s_.convolved(1));
      if (b_.project) project(y, (image * s_.out_height + row) * s_.out_width, n * s_.out_width);
    }
  }

 private:
  float *place(int64_t row) const { return ring_ + row % s_.ring(group_) * s_.ring_row(); }

  // Makes the rows before end that are not in the ring.
  void expand(int64_t end) {
    while (next_ < end) {
      const int64_t size = s_.ring(group_), n = std::min(end - next_, size - next_ % size), channels = b_.expand->channels;
      FoldedProduct t{};
      t.rows = n * s_.width;
      t.a = x_ + next_ * s_.width * channels, t.stride = t.depth = t.whole = channels;
      t.weight = numbers(b_.expand->weight), t.wide = s_.wide;
      t.c = place(next_), t.c_stride = s_.wide;
      t.finish = {numbers(b_.expand->bias), nullptr, 0, b_.expanded};
      kernel_.product(t);
      next_ += n;
    }
  }

  void depthwise(int64_t row, float *y) const {
    FoldedDepthwise d{};
    d.kernel = s_.kernel, d.width = s_.width, d.out_width = s_.out_width, d.channels = s_.channels, d.stride = s_.stride;
    d.step = b_.expand ? s_.wide : s_.channels;
    for (int64_t k = 0; k < s_.kernel; k++) {
      const int64_t i = s_.top(row) + k;
      const bool inside = i >= 0 && i < s_.height;
      d.rows[k] = !inside ? zeros_ : b_.expand ? place(i) : x_ + i * s_.width * s_.channels;
    }
    d.weight = numbers(b_.depthwise->weight);
    d.finish = {numbers(b_.depthwise->bias), nullptr, 0, b_.depthwise->activation};
    d.y = y;
    kernel_.depthwise(d);
  }

  // Rows of the result, which begin at a row of y, from what was convolved.
  void project(const at::Tensor &y, int64_t at, int64_t rows) const {
    Outputs outputs(*b_.project, b_.after, sums_);
    for (int64_t i = 0; i < rows; i += kRowTile) {
      FoldedProduct t{};
      t.rows = std::min<int64_t>(kRowTile, rows - i);
      outputs.begin(&t, numbers(y), at + i);
      t.a = convolved_ + i * s_.channels, t.stride = t.depth = s_.channels;
      kernel_.product(t);
      outputs.end(t);
    }
  }

  const Shape &s_;
  const Inverted &b_;
  int64_t group_;
  const FoldedKernel &kernel_;
  float *ring_, *zeros_, *convolved_, *sums_;
  const float *x_ = nullptr;  // of the image
  int64_t next_ = 0;          // the row of the input that is expanded next
};

// Bands of rows of an image that are made one by one: some for each thread.
int64_t bands_of(const Shape &s, int64_t images, int64_t group) {
  const int64_t wanted = (4 * at::get_num_threads() + images - 1) / images;
  return std::max<int64_t>(1, std::min(wanted, s.out_height / (4 * group)));
}

}  // namespace

at::Tensor inverted_cpu(const at::Tensor &x, const Inverted &b, const FoldedKernel &kernel) {
  const Shape s(x, b);
  const int64_t group = group_of(s), bands = bands_of(s, x.size(0), group);
  auto y = new_map(x, b.project ? b.project->outputs : s.channels, s.out_height, s.out_width);
  const Rooms rooms(Work::room(s, b, group));
  parallel(0, x.size(0) * bands, 1, [&](int64_t begin, int64_t end) {
    Work work(s, b, group, kernel, rooms.own());
    for (int64_t i = begin; i < end; i++) work.band(x, y, i / bands, i % bands * s.out_height / bands, (i % bands + 1) * s.out_height / bands);
  });
  return y;
}

}  // namespace torchx
