// The losses of FCOS at its positive cells: of the boxes and of the centre-ness.
// Written with libtorch's operators, as the positive cells are few.
#include <algorithm>

#include "guard.h"
#include "transfer.h"

using torchx::guard;
using torchx::maps;
using torchx::tensor;
using torchx::wrap;

namespace {

// Checks maps B,D,1,N, targets B,N,4 and positive cells b·N+n, and returns the
// cells on the device of the maps.
at::Tensor positive_cells(const at::Tensor &x, int64_t depth, const at::Tensor &targets, const int64_t *positives, int64_t n) {
  const int64_t images = x.size(0), cells = x.size(3);
  TORCH_CHECK(x.size(1) == depth && x.size(2) == 1, "predictions must be B,", depth, ",1,N, not ", x.sizes());
  TORCH_CHECK(targets.sizes() == at::IntArrayRef({images, cells, 4}), "targets ", targets.sizes(), " do not fit predictions ", x.sizes(), ": want B,N,4");
  for (int64_t i = 0; i < n; i++) {
    TORCH_CHECK(positives[i] >= 0 && positives[i] < images * cells, "positive cell ", positives[i], " of ", images * cells);
  }
  return torchx::to_device(at::from_blob(const_cast<int64_t *>(positives), {n}, at::kLong).clone(), x.device());
}

// The channels of cells: P,D of B,D,1,N.
at::Tensor rows(const at::Tensor &x, const at::Tensor &cells) {
  const int64_t n = x.size(3);
  return x.squeeze(2).permute({0, 2, 1}).index({at::floor_divide(cells, n), cells.remainder(n)}).to(at::kFloat);
}

// The true distances of cells: P,4.
at::Tensor true_distances(const at::Tensor &targets, const at::Tensor &cells) {
  const auto t = targets.reshape({-1, 4}).index_select(0, cells);
  // A GPU would have to be waited for.
  TORCH_CHECK(!t.is_cpu() || t.numel() == 0 || t.gt(0).all().item<bool>(), "a distance of a positive cell to a side of its box is not above 0");
  return t;
}

// The area between the sides at the given distances: P of P,4.
at::Tensor area(const at::Tensor &d) { return (d.select(1, 0) + d.select(1, 2)) * (d.select(1, 1) + d.select(1, 3)); }

// √(min(l,r)/max(l,r) · min(t,b)/max(t,b)): P of P,4.
at::Tensor centreness(const at::Tensor &d) {
  const auto near = d.slice(1, 0, 2), far = d.slice(1, 2, 4);
  return (at::minimum(near, far) / at::maximum(near, far)).prod(1).sqrt();
}

// See balance.BoxLoss. log U − log I rather than log(I/U), which is 0 where U
// overflows.
at::Tensor box_losses(const at::Tensor &p, const at::Tensor &t, int32_t kind) {
  const auto shared = area(at::minimum(p, t));
  const auto covered = area(p) + area(t) - shared;
  if (kind == TX_GIOU) {
    const auto around = area(at::maximum(p, t));
    return 1 - shared / covered + (around - covered) / around;
  }
  TORCH_CHECK(kind == TX_IOU || kind == TX_IOU_PLUS_ONE, "unknown box loss ", kind);
  const double one = kind == TX_IOU_PLUS_ONE;
  return (covered + one).log() - (shared + one).log();
}

at::Tensor box_loss(const at::Tensor &x, const at::Tensor &targets, const int64_t *positives, int64_t n, int32_t kind) {
  const auto cells = positive_cells(x, 4, targets, positives, n);
  const auto t = true_distances(targets, cells);
  const auto c = centreness(t);
  const auto sum = (c * box_losses(rows(x, cells), t, kind)).sum();
  return n > 0 ? sum / c.sum() : sum;
}

at::Tensor centre_loss(const at::Tensor &x, const at::Tensor &targets, const int64_t *positives, int64_t n) {
  const auto cells = positive_cells(x, 1, targets, positives, n);
  const auto c = centreness(true_distances(targets, cells));
  const auto sum = at::binary_cross_entropy_with_logits(rows(x, cells).squeeze(1), c, {}, {}, at::Reduction::Sum);
  return sum / static_cast<double>(std::max<int64_t>(1, n));
}

}  // namespace

char *tx_box_loss(tx_tensor distances, tx_tensor targets, const int64_t *positives, int64_t n, int32_t kind, tx_tensor *out) {
  return guard([&] { *out = wrap(box_loss(maps(distances), tensor(targets), positives, n, kind)); });
}

char *tx_centre_loss(tx_tensor logits, tx_tensor targets, const int64_t *positives, int64_t n, tx_tensor *out) {
  return guard([&] { *out = wrap(centre_loss(maps(logits), tensor(targets), positives, n)); });
}
