// Pyramids of feature maps, whose levels have different numbers of cells.
#include "guard.h"
#include "layout.h"
#include "transfer.h"

using torchx::guard;
using torchx::maps;
using torchx::tensors;
using torchx::wrap;

namespace {

// The sum is formed in the resized map's own memory.
at::Tensor nearest_add(const at::Tensor &coarse, const at::Tensor &lateral) {
  TORCH_CHECK(coarse.size(0) == lateral.size(0) && coarse.size(1) == lateral.size(1) && coarse.size(2) <= lateral.size(2) &&
                  coarse.size(3) <= lateral.size(3),
              "a map ", coarse.sizes(), " does not grow to one of ", lateral.sizes());
  return at::upsample_nearest2d(coarse, {lateral.size(2), lateral.size(3)}).add_(lateral);
}

// Where every level has its channels innermost, its memory is h·w rows of C, and
// so is that of the result: the copies are of whole blocks.
at::Tensor cat_cells(const std::vector<at::Tensor> &levels) {
  bool innermost = true;
  for (const auto &level : levels) innermost &= level.is_contiguous(torchx::kInnermost);
  std::vector<at::Tensor> parts;
  for (const auto &level : levels) {
    TORCH_CHECK(level.size(0) == levels[0].size(0) && level.size(1) == levels[0].size(1),
                "levels ", levels[0].sizes(), " and ", level.sizes(), " differ in images or channels");
    parts.push_back(innermost ? level.permute({0, 2, 3, 1}).flatten(1, 2) : level.flatten(2));  // B,hw,C or B,C,hw
  }
  return innermost ? at::cat(parts, 1).transpose(1, 2).unsqueeze(2) : at::cat(parts, 2).unsqueeze(2);
}

at::Tensor one_hot(const int32_t *labels, int64_t images, int64_t classes, int64_t cells, const at::Device &device) {
  std::vector<int64_t> ones;
  for (int64_t i = 0; i < images * cells; i++) {
    const int64_t label = labels[i];
    TORCH_CHECK(label >= -1 && label < classes, "label ", label, " of cell ", i % cells, " of image ", i / cells, " is no class of 0 to ",
                classes - 1, " and not -1, which stands for none");
    if (label >= 0) ones.push_back((i / cells * classes + label) * cells + i % cells);
  }
  auto targets = at::zeros({images, classes, 1, cells}, at::TensorOptions().dtype(at::kFloat).device(device));
  targets.view(-1).index_fill_(0, torchx::to_device(at::tensor(ones, at::kLong), device), 1);
  return targets;
}

}  // namespace

char *tx_nearest_add(tx_tensor coarse, tx_tensor lateral, tx_tensor *out) {
  return guard([&] { *out = wrap(nearest_add(maps(coarse), maps(lateral))); });
}

char *tx_cat_cells(const tx_tensor *levels, int32_t n, tx_tensor *out) {
  return guard([&] {
    for (int32_t i = 0; i < n; i++) maps(levels[i]);
    *out = wrap(cat_cells(tensors(levels, n)));
  });
}

char *tx_images(tx_tensor x, const int64_t *which, int64_t n, tx_tensor *out) {
  return guard([&] {
    const auto rows = at::from_blob(const_cast<int64_t *>(which), {n}, at::kLong).to(maps(x).device());
    *out = wrap(maps(x).index_select(0, rows).contiguous(maps(x).suggest_memory_format()));
  });
}

char *tx_one_hot(const int32_t *labels, int64_t images, int64_t classes, int64_t cells, const char *device, tx_tensor *out) {
  return guard([&] { *out = wrap(one_hot(labels, images, classes, cells, at::Device(device))); });
}
