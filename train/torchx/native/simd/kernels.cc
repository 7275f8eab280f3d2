// The instruction sets that this machine can run, and the choice of one.
#include <string.h>

#include <atomic>
#include <string>
#include <vector>

#include "../cuda/device.h"
#include "choice.h"
#include "deform_tile.h"
#include "folded_tile.h"
#include "heatmap_cpu.h"
#include "norm_tile.h"
#include "targets.h"
#include "../torchx.h"
#include "winograd_tile.h"

namespace torchx {
namespace {

struct Choice {
  const char *name;
  StripKernel heatmap;
  const DeformKernel *deform;
  const NormKernel *norm;
  const WinogradKernel *winograd;
  const FoldedKernel *folded;
  Kernels kernels;
  bool backwards;  // see cuda/device.h; these are for tests and not among tx_kernels
};

Choice own(const char *name, StripKernel heatmap, const DeformKernel &deform, const NormKernel &norm, const WinogradKernel &winograd,
           const FoldedKernel &folded) {
  return {name, heatmap, &deform, &norm, &winograd, &folded, Kernels::kOwn, false};
}

Choice others(const char *name, Kernels kernels, bool backwards) { return {name, nullptr, nullptr, nullptr, nullptr, nullptr, kernels, backwards}; }

// The fastest first.
std::vector<Choice> find() {
  std::vector<Choice> found;
#ifdef TORCHX_X86_KERNELS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    found.push_back(own("avx512", heatmap_strip_avx512, deform_avx512, norm_avx512, winograd_avx512, folded_avx512));
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(own("avx2", heatmap_strip_avx2, deform_avx2, norm_avx2, winograd_avx2, folded_avx2));
#endif
  found.push_back(own("baseline", heatmap_strip_baseline, deform_baseline, norm_baseline, winograd_baseline, folded_baseline));
  found.push_back(others("cuda-source", Kernels::kCudaSource, false));
  found.push_back(others("operators", Kernels::kOperators, false));
  found.push_back(others("cuda-source-backwards", Kernels::kCudaSource, true));
  return found;
}

const std::vector<Choice> &choices() {
  static const std::vector<Choice> all = find();
  return all;
}

std::atomic<size_t> chosen{0};

}  // namespace

Kernels kernels() { return choices()[chosen].kernels; }

StripKernel heatmap_kernel() { return choices()[chosen].heatmap; }

const DeformKernel *deform_kernel() { return choices()[chosen].deform; }

const NormKernel *norm_kernel() { return choices()[chosen].norm; }

const WinogradKernel *winograd_kernel() { return choices()[chosen].winograd; }

const FoldedKernel *folded_kernel() { return choices()[chosen].folded; }

}  // namespace torchx

const char *tx_kernels(void) {
  static const std::string names = [] {
    std::string list;
    for (const auto &c : torchx::choices()) {
      if (c.backwards) continue;
      if (!list.empty()) list += ',';
      list += c.name;
    }
    return list;
  }();
  return names.c_str();
}

char *tx_use_kernel(const char *name) {
  const auto &all = torchx::choices();
  for (size_t i = 0; i < all.size(); i++) {
    if (strcmp(name, all[i].name) != 0) continue;
    torchx::chosen = i;
    torchx::device::backwards() = all[i].backwards;
    return nullptr;
  }
  return strdup((std::string("no kernel ") + name + " on this machine; there are " + tx_kernels()).c_str());
}
