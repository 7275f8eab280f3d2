// The deformable convolution with the kernels of cuda/, between matrix products of
// libtorch's. Columns, what the taps see, exist for some images at a time and are made
// anew for backward.
#include "cuda/deform.h"

#include "cuda/text.h"
#include "deform.h"
#include "launch.h"

TEXT_OF_CUDA(deform, "deform.h");

namespace torchx {
namespace {

constexpr int64_t kMostColumns = int64_t(1) << 28;  // bytes at a time, if an image has not more
constexpr int64_t kMostOnCpu = 1 << 15;             // so that tests see some times
constexpr int64_t kMostRows = 1 << 30;              // of columns

device::Planes planes_of(const at::Tensor &t) {
  return {static_cast<float *>(t.data_ptr()), t.stride(0), t.stride(1), t.stride(2), t.stride(3)};
}

device::Planes from(device::Planes p, int64_t image) {
  p.data += image * p.image;
  return p;
}

// B,H,W,C with C a multiple of 4.
at::Tensor innermost_quads(const at::Tensor &t) {
  const int64_t missing = (4 - t.size(1) % 4) % 4;
  const auto whole = missing == 0 ? t : at::constant_pad_nd(t, {0, 0, 0, 0, 0, missing});
  return whole.permute({0, 2, 3, 1}).contiguous();
}

// One evaluation, forward or backward. Sizes: P pixels of the output of an image.
struct DeviceEvaluation {
  const DeformInputs &in;
  at::Device where;
  bool half;            // the numbers are bfloat16
  at::Tensor x;         // B,H,W,C
  at::Tensor weight;    // K·C,O, in the type of x
  int64_t images, pixels, channels, taps, outputs;
  int64_t together;     // images whose columns exist at a time
  device::DeformArgs arguments{};
  device::Planes offset, mask;

  explicit DeviceEvaluation(const DeformInputs &i)
      : in(i), where(in.x.device()), half(in.x.scalar_type() == at::kBFloat16), x(innermost_quads(in.x)), images(in.x.size(0)),
        pixels(in.size(2) * in.size(3)), channels(x.size(3)), taps(in.taps()), outputs(in.weight.size(0)), offset(planes_of(in.offset)), mask(planes_of(in.mask)) {
    const auto taps_first = in.weight.flatten(2).permute({2, 1, 0});  // K,C,O
    weight = at::constant_pad_nd(taps_first, {0, 0, 0, channels - in.x.size(1)}).reshape({taps * channels, outputs}).to(x.scalar_type());
    const int64_t rows = pixels * taps;
    TORCH_CHECK(rows <= kMostRows && channels <= (1 << 20), "a deformable convolution of ", pixels, " pixels and ", channels, " channels is too large");
    together = std::max<int64_t>(1, std::min({images, kMostRows / rows, (where.is_cpu() ? kMostOnCpu : kMostColumns) / std::max<int64_t>(1, rows * channels * x.element_size())}));
    auto &a = arguments;
    a.channels = channels, a.height = in.x.size(2), a.width = in.x.size(3), a.out_height = in.size(2), a.out_width = in.size(3);
    a.kernel_width = in.weight.size(3), a.taps = taps, a.stride = in.stride, a.padding = in.padding, a.dilation = in.dilation;
    a.logits = in.logits;
    a.lanes = 1;
    while (2 * a.lanes <= device::kMostLanes && channels % (8 * a.lanes) == 0 && 16 * a.lanes <= channels) a.lanes *= 2;
  }

  // Calls body(first, n, arguments) for some images after the others, with the
  // arguments of those and room for their columns.
  template <typename Body>
  void each(const Body &body) {
    auto columns = at::empty({together * pixels, taps * channels}, x.options());
    for (int64_t first = 0; first < images; first += together) {
      const int64_t n = std::min(together, images - first);
      auto a = arguments;
      a.images = static_cast<int>(n);
      a.offset = from(offset, first), a.mask = from(mask, first);
      a.x = x.narrow(0, first, n).data_ptr();
      auto part = columns.narrow(0, 0, n * pixels);
      a.columns = part.data_ptr();
      body(first, n, a, part);
    }
  }

  // Blocks of a kernel in which lanes threads work on a row.
  int blocks(const device::DeformArgs &a, int64_t most = 1 << 20) const {
    const int64_t rows = a.images * pixels * taps, group = device::kThreads / a.lanes;
    return blocks_for((rows + group - 1) / group, most);
  }
};

#define TX_START_DEFORM(e, kernel, a, blocks)                          \
  if ((e).half) TX_START((e).where, kernel##_bfloat16, a, blocks);     \
  else TX_START((e).where, kernel##_float, a, blocks)

}  // namespace

at::Tensor deform_device(const DeformInputs &in) {
  DeviceEvaluation e(in);
  auto out = at::empty({e.images * e.pixels, e.outputs}, e.x.options());
  const auto bias = in.bias.to(e.x.scalar_type());
  e.each([&](int64_t first, int64_t n, const device::DeformArgs &a, at::Tensor &columns) {
    TX_START_DEFORM(e, deform_columns, a, e.blocks(a));
    auto to = out.narrow(0, first * e.pixels, n * e.pixels);
    at::addmm_out(to, bias, columns, e.weight);
  });
  return out.view({e.images, in.size(2), in.size(3), e.outputs}).permute({0, 3, 1, 2}).contiguous(in.x.suggest_memory_format());
}

DeformGradients deform_device_backward(const DeformInputs &in, const at::Tensor &grad_out) {
  DeviceEvaluation e(in);
  const auto up = grad_out.to(e.x.scalar_type()).permute({0, 2, 3, 1}).reshape({e.images * e.pixels, e.outputs});
  const auto floats = in.offset.options();
  auto grad_x = at::empty_like(e.x), grad_weight = at::zeros({e.taps * e.channels, e.outputs}, floats);
  const auto points = at::empty({e.images, 3 * e.taps, in.size(2), in.size(3)}, floats.memory_format(in.offset.suggest_memory_format()));
  e.each([&](int64_t first, int64_t n, device::DeformArgs a, at::Tensor &columns) {
    const auto part = up.narrow(0, first * e.pixels, n * e.pixels);
    at::mm_out(columns, part, e.weight.t());
    a.largest_blocks = e.blocks(a, device::kMostLargest);
    const auto largest = at::empty({a.largest_blocks}, floats), broken = at::zeros({1}, floats.dtype(at::kInt));
    const auto there = grad_x.narrow(0, first, n), units = at::zeros(there.sizes(), floats.dtype(at::kLong));
    a.largest = largest.data_ptr<float>(), a.broken = broken.data_ptr<int>(), a.grad_x = there.data_ptr();
    a.units = reinterpret_cast<device::int64 *>(units.data_ptr<int64_t>());
    a.points = from(planes_of(points), first);
    TX_START_DEFORM(e, deform_largest, a, a.largest_blocks);
    TX_START_DEFORM(e, deform_spread, a, e.blocks(a));
    TX_START_DEFORM(e, deform_gradient, a, blocks_for((units.numel() + device::kThreads - 1) / device::kThreads));
    grad_weight.add_(at::mm(columns.t(), part));
  });
  const auto weight = grad_weight.view({e.taps, e.channels, e.outputs}).narrow(1, 0, in.x.size(1)).permute({2, 1, 0}).reshape(in.weight.sizes());
  return {grad_x.narrow(3, 0, in.x.size(1)).permute({0, 3, 1, 2}).contiguous(in.x.suggest_memory_format()), points,
          weight.contiguous(in.weight.suggest_memory_format()), up.sum(at::IntArrayRef{0}, false, at::kFloat)};
}

}  // namespace torchx
