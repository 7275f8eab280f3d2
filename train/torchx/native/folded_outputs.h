// Where products of tiles go, and room to work in.
#pragma once

#include <cstring>

#include "folded_cpu.h"
#include "parallel.h"

namespace torchx {

inline float *numbers(const at::Tensor &t) { return t.defined() ? t.data_ptr<float>() : nullptr; }

// Room for each thread.
struct Rooms {
  at::Tensor room;

  explicit Rooms(int64_t numbers) : room(at::empty({at::get_num_threads(), round_up(std::max<int64_t>(1, numbers), 16)}, at::kFloat)) {}
  float *own() const { return room.data_ptr<float>() + omp_get_thread_num() * room.size(1); }
};

// The numbers of an image of maps, or of what they become.
inline int64_t image_numbers(const at::Tensor &t) { return t.numel() / t.size(0); }

inline at::Tensor new_map(const at::Tensor &like, int64_t channels, int64_t height, int64_t width) {
  return at::empty({like.size(0), channels, height, width}, like.options().memory_format(kInnermost));
}

inline Finish finish_of(const Panels &p, const After &after, int64_t row) {
  return {numbers(p.bias), after.added.defined() ? numbers(after.added) + row * p.outputs : nullptr, p.outputs, after.activation};
}

// Rows of a product whose outputs are those of a map, rows of so many numbers: in
// their place, or in a room beside it where panels are wider than that.
class Outputs {
 public:
  Outputs(const Panels &p, const After &after, float *room) : panels_(p), after_(after), room_(room) {}

  static int64_t room(const Panels &p) { return p.wide() == p.outputs ? 0 : 2 * kRowTile * p.wide(); }

  // Fills in where rows of y from the given one on go.
  void begin(FoldedProduct *t, float *y, int64_t row) {
    const int64_t wide = panels_.wide(), outputs = panels_.outputs;
    y_ = y + row * outputs;
    t->weight = panels_.weight.data_ptr<float>(), t->whole = panels_.depth(), t->wide = wide;
    t->finish = finish_of(panels_, after_, row);
    t->c = y_, t->c_stride = outputs;
    if (wide == outputs) return;
    t->c = room_, t->c_stride = wide;
    if (!t->finish.added) return;
    float *added = room_ + kRowTile * wide;
    copy(t->finish.added, outputs, added, wide, t->rows);
    t->finish.added = added, t->finish.added_stride = wide;
  }
  void end(const FoldedProduct &t) const {
    if (t.c != y_) copy(t.c, t.wide, y_, panels_.outputs, t.rows);
  }

 private:
  void copy(const float *from, int64_t from_stride, float *to, int64_t to_stride, int64_t rows) const {
    for (int64_t i = 0; i < rows; i++) memcpy(to + i * to_stride, from + i * from_stride, panels_.outputs * sizeof(float));
  }

  const Panels &panels_;
  const After &after_;
  float *room_, *y_ = nullptr;
};

}  // namespace torchx
