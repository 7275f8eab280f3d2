// A group of processes, where the headers of Gloo are.
#pragma once

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "guard.h"

#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

namespace torchx {

struct Group {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
};

Group &group(tx_group g);

}  // namespace torchx
#endif
