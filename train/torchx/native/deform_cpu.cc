// The deformable convolution on a CPU. Columns, what the taps see, exist for one
// tile of pixels at a time and are made anew for backward.
//
// Forward works on the tiles of all images in parallel. Backward adds to pixels
// anywhere in the gradient of x, so there a task is an image and a chunk of its
// channels, which no other task adds to. Some images are worked on at a time,
// each of which has its own gradient of the weight. The tiles, the chunks, the
// number of images at a time and the order of every sum depend on the shapes
// alone, so neither does the result depend on the number of threads.
#include "deform_cpu.h"

#include <omp.h>

#include <algorithm>

namespace torchx {
namespace {

constexpr int64_t kTasks = 16;  // of backward at a time, if there are so many

// The numbers with the channels innermost and as many of them as a kernel needs.
at::Tensor innermost(const at::Tensor &t, int64_t unit) {
  const int64_t missing = round_up(t.size(1), unit) - t.size(1);
  const auto whole = missing == 0 ? t : at::constant_pad_nd(t, {0, 0, 0, 0, 0, missing});
  return whole.permute({0, 2, 3, 1}).contiguous();  // B,H,W,C
}

// One evaluation, forward or backward.
struct Evaluation {
  DeformGeometry geometry;
  int64_t images, channels, outputs, pixels, tiles, threads;  // channels with those that are added
  at::Tensor x;             // B,H,W,channels
  at::Tensor offset, mask;  // B,2K,H',W' and B,K,H',W' in which each row follows the one before

  explicit Evaluation(const DeformInputs &in)
      : geometry{in.x.size(2), in.x.size(3), in.size(3), in.weight.size(3), in.taps(), in.stride, in.padding, in.dilation, in.logits},
        images(in.x.size(0)), outputs(in.weight.size(0)), pixels(in.size(2) * in.size(3)), tiles((pixels + kTile - 1) / kTile),
        threads(at::get_num_threads()), x(innermost(in.x, kChunk)), offset(joined(in.offset)), mask(joined(in.mask)) {
    channels = x.size(3);
  }

  // The stride of a dimension of size 1 says nothing.
  static at::Tensor joined(const at::Tensor &t) {
    return t.size(2) == 1 || t.size(3) == 1 || t.stride(2) == t.size(3) * t.stride(3) ? t : t.contiguous();
  }
  static DeformPlanes planes(const at::Tensor &t, int64_t image) {
    return {t.data_ptr<float>() + image * t.stride(0), t.stride(1), t.stride(t.size(3) == 1 ? 2 : 3)};
  }

  void fill(DeformTile *t, int64_t image, int64_t tile) const {
    t->geometry = &geometry;
    t->first = tile * kTile;
    t->pixels = std::min<int64_t>(kTile, pixels - t->first);
    t->offset = planes(offset, image);
    t->mask = planes(mask, image);
    t->x = x.data_ptr<float>() + image * geometry.height * geometry.width * channels;
    t->channels = channels;
    t->outputs = outputs;
  }
};

at::Tensor floats(at::IntArrayRef sizes) { return at::empty(sizes, at::kFloat); }

// Weights as rows of kChunk outputs (panels,K,channels,kChunk), zeros added.
at::Tensor by_output(const at::Tensor &weight, int64_t channels) {
  const int64_t panels = round_up(weight.size(0), kChunk) / kChunk;
  const auto whole = at::constant_pad_nd(weight.flatten(2), {0, 0, 0, channels - weight.size(1), 0, panels * kChunk - weight.size(0)});
  return whole.view({panels, kChunk, channels, -1}).permute({0, 3, 2, 1}).contiguous();
}

// Weights as rows of kChunk channels (chunks,K,O,kChunk), zeros added.
at::Tensor by_channel(const at::Tensor &weight, int64_t channels) {
  const auto whole = at::constant_pad_nd(weight.flatten(2), {0, 0, 0, channels - weight.size(1)});
  return whole.view({weight.size(0), channels / kChunk, kChunk, -1}).permute({1, 3, 0, 2}).contiguous();
}

struct Forward : Evaluation {
  at::Tensor weight, bias, zeros, columns, sums, out;
  int64_t width;  // outputs with those that are added
  bool relu;      // follows

  Forward(const DeformInputs &in, const at::Tensor &packed, Activation activation)
      : Evaluation(in), weight(packed), width(weight.size(0) * kChunk), relu(activation == kRelu) {
    bias = at::zeros({width}, at::kFloat);
    bias.narrow(0, 0, outputs).copy_(in.bias);
    zeros = at::zeros({kBlock}, at::kFloat);
    columns = floats({threads, kTile * kColumn});
    sums = floats({threads, kTile * width});
    out = floats({images, in.size(2), in.size(3), outputs});
  }

  void compute(const DeformKernel &kernel, int64_t image, int64_t tile, int64_t thread) const {
    DeformForward t{};
    fill(&t, image, tile);
    t.weight = weight.data_ptr<float>();
    t.panels = weight.size(0);
    t.zeros = zeros.data_ptr<float>();
    t.columns = columns.data_ptr<float>() + thread * kTile * kColumn;
    t.sums = sums.data_ptr<float>() + thread * kTile * width;
    for (int64_t i = 0; i < t.pixels; i++) std::copy_n(bias.data_ptr<float>(), width, t.sums + i * width);
    kernel.forward(t);
    float *to = out.data_ptr<float>() + (image * pixels + t.first) * outputs;
    for (int64_t i = 0; i < t.pixels; i++) {
      const float *from = t.sums + i * width;
      if (relu) {
        std::transform(from, from + outputs, to + i * outputs, [](float z) { return z < 0 ? 0 : z; });
      } else {
        std::copy_n(from, outputs, to + i * outputs);
      }
    }
  }
};

// Backward works on slots images at a time; the n-th of them adds to the n-th
// gradient of the weight.
struct Backward : Evaluation {
  int64_t chunks, slots;
  at::Tensor weight, grad_out;
  at::Tensor grad_x, grad_points;
  at::Tensor grad_weight;  // slots,chunks,K,O,kChunk
  at::Tensor slopes;       // slots,chunks,K,pixels,4; see DeformBackward

  Backward(const DeformInputs &in, const at::Tensor &grad) : Evaluation(in), chunks(channels / kChunk) {
    slots = std::max<int64_t>(1, std::min(images, (kTasks + chunks - 1) / chunks));
    weight = by_channel(in.weight, channels);
    grad_out = innermost(grad, 1);
    grad_x = at::zeros(x.sizes(), at::kFloat);
    grad_points = at::empty({images, 3 * geometry.taps, in.size(2), in.size(3)}, in.offset.options().memory_format(in.offset.suggest_memory_format()));
    grad_weight = at::zeros({slots, chunks, geometry.taps, outputs, kChunk}, at::kFloat);
    slopes = floats({slots, chunks, geometry.taps, pixels, 4});
  }

  // A chunk of channels of an image.
  void compute(const DeformKernel &kernel, int64_t image, int64_t chunk) const {
    const int64_t part = image % slots * chunks + chunk;
    for (int64_t tile = 0; tile < tiles; tile++) {
      DeformBackward t{};
      fill(&t, image, tile);
      const int64_t from = image * geometry.height * geometry.width * channels + chunk * kChunk;
      t.x += chunk * kChunk;
      t.grad_x = grad_x.data_ptr<float>() + from;
      t.grad_out = grad_out.data_ptr<float>() + (image * pixels + t.first) * outputs;
      t.weight = weight.data_ptr<float>() + chunk * weight.stride(0);
      t.grad_weight = grad_weight.data_ptr<float>() + part * grad_weight.stride(1);
      t.slopes = slopes.data_ptr<float>() + part * slopes.stride(1) + t.first * 4;
      t.slope_tap = slopes.stride(2);
      kernel.backward(t);
    }
  }

  // The gradients of a tap's offset and mask in an image: sums over the chunks.
  void finish(int64_t image, int64_t tap) const {
    const auto masks = planes(mask, image), to = planes(grad_points, image);
    const float *from = slopes.data_ptr<float>() + image % slots * slopes.stride(0) + tap * slopes.stride(2);
    float *dy = to.data + 2 * tap * to.channel, *dx = dy + to.channel, *dm = to.data + (2 * geometry.taps + tap) * to.channel;
    for (int64_t p = 0; p < pixels; p++, from += 4) {
      float sum[3] = {};
      for (int64_t chunk = 0; chunk < chunks; chunk++) {
        for (int i = 0; i < 3; i++) sum[i] += from[chunk * slopes.stride(1) + i];
      }
      const float m = deform_mask(geometry, masks.data[tap * masks.channel + p * masks.pixel]);
      dm[p * to.pixel] = geometry.logits ? sum[0] * m * (1 - m) : sum[0];
      dy[p * to.pixel] = sum[1] * m;
      dx[p * to.pixel] = sum[2] * m;
    }
  }

  void run(const DeformKernel &kernel) const {
    for (int64_t first = 0; first < images; first += slots) {
      const int64_t n = std::min(slots, images - first), taps = geometry.taps;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
      for (int64_t i = 0; i < n * chunks; i++) compute(kernel, first + i / chunks, i % chunks);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
      for (int64_t i = 0; i < n * taps; i++) finish(first + i / taps, i % taps);
    }
  }

  // Sums the slots in order: O,channels,rows,columns.
  at::Tensor weight_gradient(const at::Tensor &like) const {
    auto sum = grad_weight[0];
    for (int64_t i = 1; i < slots; i++) sum.add_(grad_weight[i]);
    return sum.permute({2, 0, 3, 1}).flatten(1, 2).narrow(1, 0, like.size(1)).reshape(like.sizes()).contiguous(like.suggest_memory_format());
  }

  at::Tensor bias_gradient() const;
};

// Sums over all pixels, in parts that each thread takes some of.
at::Tensor Backward::bias_gradient() const {
  constexpr int64_t rows = 1024;
  const int64_t all = images * pixels, parts = (all + rows - 1) / rows;
  const auto sums = at::zeros({parts, outputs}, at::kFloat);
  const float *from = grad_out.data_ptr<float>();
  float *to = sums.data_ptr<float>();
#pragma omp parallel for num_threads(threads)
  for (int64_t part = 0; part < parts; part++) {
    for (int64_t p = part * rows; p < std::min(all, (part + 1) * rows); p++) {
      for (int64_t o = 0; o < outputs; o++) to[part * outputs + o] += from[p * outputs + o];
    }
  }
  const auto total = at::zeros({outputs}, at::kDouble);
  for (int64_t part = 0; part < parts; part++) {
    for (int64_t o = 0; o < outputs; o++) total.data_ptr<double>()[o] += to[part * outputs + o];
  }
  return total.to(at::kFloat);
}

// B,H,W,C as B,n,H,W in the layout of like.
at::Tensor outermost(const at::Tensor &t, int64_t n, const at::Tensor &like) {
  return t.permute({0, 3, 1, 2}).narrow(1, 0, n).contiguous(like.suggest_memory_format());
}

}  // namespace

at::Tensor deform_packed(const at::Tensor &weight) { return by_output(weight, round_up(weight.size(1), kChunk)); }

at::Tensor deform_cpu(const DeformInputs &in, const DeformKernel &kernel) { return deform_cpu(in, deform_packed(in.weight), kIdentity, kernel); }

at::Tensor deform_cpu(const DeformInputs &in, const at::Tensor &packed, Activation activation, const DeformKernel &kernel) {
  const Forward f(in, packed, activation);
  const int64_t n = f.images * f.tiles;
#pragma omp parallel for schedule(dynamic) num_threads(f.threads)
  for (int64_t i = 0; i < n; i++) f.compute(kernel, i / f.tiles, i % f.tiles, omp_get_thread_num());
  return outermost(f.out, f.outputs, in.x);
}

DeformGradients deform_cpu_backward(const DeformInputs &in, const at::Tensor &grad_out, const DeformKernel &kernel) {
  const Backward b(in, grad_out);
  b.run(kernel);
  return {outermost(b.grad_x, in.x.size(1), in.x), b.grad_points, b.weight_gradient(in.weight), b.bias_gradient()};
}

}  // namespace torchx
