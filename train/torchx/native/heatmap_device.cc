// The heatmap loss with the kernels of cuda/. Nothing is read back: the loss is a
// number on the device.
#include "cuda/heatmap.h"

#include "cuda/text.h"
#include "heatmap.h"
#include "launch.h"
#include "transfer.h"

TEXT_OF_CUDA(heatmap, "heatmap.h");

static_assert(int{torchx::device::kClassWise} == TX_CLASS_WISE && int{torchx::device::kLocationWise} == TX_LOCATION_WISE && int{torchx::device::kEqualised} == TX_EQUALISED,
              "cuda/heatmap.h has other numbers");
static_assert(torchx::device::kLogitLimit == torchx::kLimit, "cuda/heatmap.h has another limit");

namespace torchx {

at::Tensor heatmap_device(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss, at::Tensor &grad) {
  const auto where = logits.device();
  const auto g = heatmap.contiguous(), w = weights.contiguous();
  const auto foreground = to_device(loss.foreground, where), background = to_device(loss.background, where);
  device::HeatmapArgs a{};
  a.images = logits.size(0), a.classes = logits.size(1), a.cells = logits.size(2) * logits.size(3);
  while (a.class_bits < device::kMostClassBits && 1 << a.class_bits < a.classes) a.class_bits++;
  const int64_t height = 1 << a.class_bits, width = (1 << device::kTileBits) / height;
  const int64_t tiles = a.images * ((a.classes + height - 1) / height) * ((a.cells + width - 1) / width);
  a.scan_blocks = blocks_for((a.images * a.cells + device::kThreads - 1) / device::kThreads, device::kMostSums);
  a.sums = blocks_for(tiles, device::kMostSums);

  auto place = at::empty({loss.weighting == TX_CLASS_WISE ? 0 : a.images * a.cells}, logits.options());
  auto counts = at::empty({a.scan_blocks}, logits.options().dtype(at::kInt)), terms = at::empty({a.sums}, logits.options().dtype(at::kDouble));
  auto value = at::empty({}, logits.options());
  a.logits = logits.data_ptr<float>(), a.heatmap = g.data_ptr<float>(), a.weights = w.data_ptr<float>();
  a.foreground = foreground.data_ptr<float>(), a.background = background.data_ptr<float>();
  a.grad = grad.data_ptr<float>(), a.place = place.data_ptr<float>();
  a.counts = counts.data_ptr<int>(), a.terms = terms.data_ptr<double>(), a.loss = value.data_ptr<float>();
  a.innermost = !logits.is_contiguous();
  a.weighting = loss.weighting;
  a.gamma = static_cast<float>(loss.gamma), a.alpha = static_cast<float>(loss.alpha);
  TX_START(where, heatmap_scan, a, a.scan_blocks);
  TX_START(where, heatmap_compute, a, a.sums);
  TX_START(where, heatmap_finish, a, 1);
  return value;
}

}  // namespace torchx
