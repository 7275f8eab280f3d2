// The layout of maps in which the kernels work: B,C,H,W with the channels of a cell
// side by side.
#pragma once

#include <torch/torch.h>

namespace torchx {

constexpr auto kInnermost = at::MemoryFormat::ChannelsLast;

}  // namespace torchx
