// The deformable convolution on a GPU, between matrix products of libtorch's. See
// simd/deform_kernel.h for the formulas.
//
//	deform_columns   what each tap sees of each pixel; the output is columns · weight
//	deform_largest   the largest gradient of a column, times its mask
//	deform_spread    takes the gradients of the columns, ∂output · weightᵀ, to the
//	                 input, the offsets and the masks, and puts the columns in their
//	                 place; the weight's gradient is columnsᵀ · ∂output
//	deform_gradient  the input's gradient as a number
//
// Taps of many pixels see the same pixel of the input. Its gradient is added up in
// whole numbers of 64 bits, units of a fraction of the largest gradient: so the sum
// does not depend on the order of what is added, which a GPU does not keep.
#pragma once

#include "device.h"

namespace torchx {
namespace device {

constexpr int kMostLargest = 1024;  // blocks of deform_largest
constexpr int kMostLanes = 32;

// Numbers of images with a channel for each tap, in any layout.
struct Planes {
  float *data;
  int64 image, channel, row, column;  // strides
};

// Some images. Sizes: C channels, a multiple of 4; H×W cells of the input, H'×W' of
// the output; K taps. All arrays have the channels innermost.
struct DeformArgs {
  int blocks;                // of the kernel that is started
  int largest_blocks;        // of deform_largest
  int lanes;                 // threads that share a row of columns; 4·lanes divides C
  int images, channels, height, width, out_height, out_width;
  int kernel_width, taps, stride, padding, dilation;
  int logits;                // the masks are to go through a sigmoid
  Planes offset, mask;       // 2K (Δy and Δx of each tap) and K channels
  Planes points;             // receives their gradients: 3K channels, the offsets' and then the masks'
  const void *x;             // images,H,W,C
  void *columns;             // images,H',W',K,C
  void *grad_x;              // as x
  float *largest;            // largest_blocks numbers
  int64 *units;              // as x, but for the order of a pixel's channels, see unit_of; 0 before deform_spread
  int *broken;               // one number, 0 before deform_spread: whether a point is not a number
};

struct DeformShared {
  float largest[kThreads];
  float dot[kThreads][4];
};

// Where a tap looks at a pixel.
struct Point {
  int corner[4];      // the pixels at ⌊y⌋,⌊x⌋, to its right, below and right below; -1: outside, its values are 0
  float weight[4];    // of the corners
  float down, right;  // y−⌊y⌋, x−⌊x⌋
  float mask;
  int image;
};

// The numbers of a row of columns: its image, its pixel of the output and its tap.
struct Row {
  int image, y, x, tap;
};

TX_DEVICE int rows_of(const DeformArgs &a) { return a.images * a.out_height * a.out_width * a.taps; }

TX_DEVICE Row row_of(const DeformArgs &a, int i) {
  Row r;
  r.tap = i % a.taps, i /= a.taps;
  r.x = i % a.out_width, i /= a.out_width;
  r.y = i % a.out_height, r.image = i / a.out_height;
  return r;
}

TX_DEVICE float *at(const Planes &p, const Row &r, int channel) { return p.data + r.image * p.image + channel * p.channel + r.y * p.row + r.x * p.column; }

TX_DEVICE float mask_of(const DeformArgs &a, const Row &r) {
  const float m = *at(a.mask, r, r.tap);
  return a.logits ? 1 / (1 + expf(-m)) : m;
}

// Outside the open ranges (−1,H) and (−1,W) a tap sees nothing; inside, corners
// beyond the border count as 0. At −1 it sees nothing either, but is about to, and
// its gradient says so. A point that is not a number gives one corner that weight, so
// that it shows in the output.
TX_DEVICE Point point_of(const DeformArgs &a, const Row &r) {
  Point p;
  for (int i = 0; i < 4; i++) p.corner[i] = -1, p.weight[i] = 0;
  p.down = p.right = 0;
  p.mask = mask_of(a, r);
  p.image = r.image;
  const float y = static_cast<float>(r.y * a.stride - a.padding + r.tap / a.kernel_width * a.dilation) + *at(a.offset, r, 2 * r.tap);
  const float x = static_cast<float>(r.x * a.stride - a.padding + r.tap % a.kernel_width * a.dilation) + *at(a.offset, r, 2 * r.tap + 1);
  if (!(y == y && x == x)) {
    p.corner[0] = 0;
    p.weight[0] = p.down = p.right = y + x;
    return p;
  }
  if (!(y >= -1 && y < a.height && x >= -1 && x < a.width)) return p;
  const float top = floorf(y), left = floorf(x), down = y - top, right = x - left;
  const int row = static_cast<int>(top), column = static_cast<int>(left), first = row * a.width + column;
  const bool above = row >= 0, below = row + 1 < a.height, before = column >= 0, after = column + 1 < a.width;
  if (above && before) p.corner[0] = first;
  if (above && after) p.corner[1] = first + 1;
  if (below && before) p.corner[2] = first + a.width;
  if (below && after) p.corner[3] = first + a.width + 1;
  p.weight[0] = (1 - down) * (1 - right), p.weight[1] = (1 - down) * right;
  p.weight[2] = down * (1 - right), p.weight[3] = down * right;
  p.down = down, p.right = right;
  return p;
}

// The number before the channels of a corner of a point in arrays as x.
TX_DEVICE int64 place_of(const DeformArgs &a, const Point &p, int corner) {
  return (static_cast<int64>(p.image) * a.height * a.width + p.corner[corner]) * a.channels;
}

// Where units has channel c of a pixel, among the pixel's: neighbouring threads, which
// work on every fourth channel at a time, add to neighbouring numbers.
TX_DEVICE int unit_of(const DeformArgs &a, int c) {
  const int span = 4 * a.lanes, within = c % span;
  return c - within + within % 4 * a.lanes + within / 4;
}

template <typename T>
TX_DEVICE Quad<T> &quad(void *numbers, int64 at) {
  return *reinterpret_cast<Quad<T> *>(static_cast<T *>(numbers) + at);
}
template <typename T>
TX_DEVICE const Quad<T> &quad(const void *numbers, int64 at) {
  return *reinterpret_cast<const Quad<T> *>(static_cast<const T *>(numbers) + at);
}

// What a point's corners hold of four channels, 0 outside.
template <typename T>
TX_DEVICE void corners_at(const DeformArgs &a, const Point &p, int channel, float v[4][4]) {
  for (int j = 0; j < 4; j++) {
    Quad<T> q = {};
    if (p.corner[j] >= 0) q = quad<T>(a.x, place_of(a, p, j) + channel);
    for (int i = 0; i < 4; i++) v[j][i] = widened(q.v[i]);
  }
}

// Four numbers of a column, of what the corners hold.
template <typename T>
TX_DEVICE Quad<T> column_of(const Point &p, const float v[4][4]) {
  Quad<T> q;
  for (int i = 0; i < 4; i++) {
    narrow(p.mask * ((p.weight[0] * v[0][i] + p.weight[1] * v[1][i]) + (p.weight[2] * v[2][i] + p.weight[3] * v[3][i])), &q.v[i]);
  }
  return q;
}

template <typename T>
TX_DEVICE void deform_columns_block(const DeformArgs &a, DeformShared &, int block) {
  const int group = kThreads / a.lanes, rows = rows_of(a);
  TX_THREADS {
    for (int row = block * group + t / a.lanes; row < rows; row += a.blocks * group) {
      const Point p = point_of(a, row_of(a, row));
      for (int c = t % a.lanes * 4; c < a.channels; c += a.lanes * 4) {
        float v[4][4];
        corners_at<T>(a, p, c, v);
        quad<T>(a.columns, static_cast<int64>(row) * a.channels + c) = column_of<T>(p, v);
      }
    }
  }
}

template <typename T>
TX_DEVICE void deform_largest_block(const DeformArgs &a, DeformShared &shared, int block) {
  const int group = kThreads / a.lanes, rows = rows_of(a);
  TX_THREADS {
    float most = 0;
    for (int row = block * group + t / a.lanes; row < rows; row += a.blocks * group) {
      const float mask = mask_of(a, row_of(a, row));
      for (int c = t % a.lanes * 4; c < a.channels; c += a.lanes * 4) {
        const Quad<T> slope = quad<T>(a.columns, static_cast<int64>(row) * a.channels + c);
        for (int i = 0; i < 4; i++) most = larger(most, fabsf(mask * widened(slope.v[i])));
      }
    }
    shared.largest[t] = most;
  }
  find_largest(shared.largest);
  TX_THREADS {
    if (t == 0) a.largest[block] = shared.largest[0];
  }
}

// The units that make 1: a power of two with which no sum leaves 64 bits, as each tap
// of each pixel of an image adds at most once to a number. NaN if the largest gradient
// is not finite.
TX_DEVICE float units_of_one(const DeformArgs &a, DeformShared &shared) {
  TX_THREADS {
    float most = 0;
    for (int i = t; i < a.largest_blocks; i += kThreads) most = larger(most, a.largest[i]);
    shared.largest[t] = most;
  }
  find_largest(shared.largest);
  const float most = shared.largest[0];
  TX_BARRIER;  // all have read it
  if (!(most <= 3.4028235e38f)) return not_a_number();
  int size = 0, bits = 0;
  frexpf(most, &size);                               // most < 2^size
  while (rows_of(a) / a.images >> bits != 0) bits++;
  const int power = 61 - bits - size;
  return ldexpf(1, power > 126 ? 126 : power);
}

template <typename T>
TX_DEVICE void deform_spread_block(const DeformArgs &a, DeformShared &shared, int block) {
  const float one = units_of_one(a, shared);
  const int group = kThreads / a.lanes, rows = rows_of(a);
  for (int first = block * group; first < rows; first += a.blocks * group) {
    TX_THREADS {
      const int row = first + t / a.lanes;
      float dot[4] = {};
      if (row < rows) {
        const Point p = point_of(a, row_of(a, row));
        for (int c = t % a.lanes * 4; c < a.channels; c += a.lanes * 4) {
          Quad<T> &column = quad<T>(a.columns, static_cast<int64>(row) * a.channels + c);
          const Quad<T> slope = column;
          float v[4][4];
          corners_at<T>(a, p, c, v);
          column = column_of<T>(p, v);
          for (int j = 0; j < 4; j++) {
            if (p.corner[j] < 0) continue;
            int64 *units = a.units + place_of(a, p, j) + unit_of(a, c);
            for (int i = 0; i < 4; i++) {
              const float s = widened(slope.v[i]), share = p.mask * p.weight[j] * s;
              dot[j] += s * v[j][i];
              if (one == one && share == share) add(units + i * a.lanes, llrintf(share * one));
            }
          }
        }
        if (p.down != p.down) *a.broken = 1;
      }
      for (int j = 0; j < 4; j++) shared.dot[t][j] = dot[j];
    }
    TX_THREADS {
      const int row = first + t / a.lanes;
      if (t % a.lanes == 0 && row < rows) {
        const Row r = row_of(a, row);
        const Point p = point_of(a, r);
        float d[4] = {};
        for (int lane = 0; lane < a.lanes; lane++) {
          for (int j = 0; j < 4; j++) d[j] += shared.dot[t + lane][j];
        }
        const float value = p.weight[0] * d[0] + p.weight[1] * d[1] + p.weight[2] * d[2] + p.weight[3] * d[3];
        *at(a.points, r, 2 * r.tap) = p.mask * ((1 - p.right) * (d[2] - d[0]) + p.right * (d[3] - d[1]));
        *at(a.points, r, 2 * r.tap + 1) = p.mask * ((1 - p.down) * (d[1] - d[0]) + p.down * (d[3] - d[2]));
        *at(a.points, r, 2 * a.taps + r.tap) = a.logits ? value * p.mask * (1 - p.mask) : value;
      }
    }
  }
}

template <typename T>
TX_DEVICE void deform_gradient_block(const DeformArgs &a, DeformShared &shared, int block) {
  const float one = units_of_one(a, shared), unit = *a.broken ? not_a_number() : 1 / one;
  TX_THREADS {
    const int64 numbers = static_cast<int64>(a.images) * a.height * a.width * a.channels;
    for (int64 i = static_cast<int64>(block) * kThreads + t; i < numbers; i += static_cast<int64>(a.blocks) * kThreads) {
      const int c = static_cast<int>(i % a.channels);
      narrow(static_cast<float>(a.units[i - c + unit_of(a, c)]) * unit, static_cast<T *>(a.grad_x) + i);
    }
  }
}

// The kernels for a kind of numbers.
#define DEFORM(kind, T)                                                                                    \
  TX_KERNEL(deform_columns_##kind, DeformArgs, DeformShared) { deform_columns_block<T>(a, shared, block); }          \
  TX_KERNEL(deform_largest_##kind, DeformArgs, DeformShared) { deform_largest_block<T>(a, shared, block); }  \
  TX_KERNEL(deform_spread_##kind, DeformArgs, DeformShared) { deform_spread_block<T>(a, shared, block); }    \
  TX_KERNEL(deform_gradient_##kind, DeformArgs, DeformShared) { deform_gradient_block<T>(a, shared, block); }
DEFORM(float, float)
DEFORM(bfloat16, BFloat16)
#undef DEFORM

}  // namespace device
}  // namespace torchx
