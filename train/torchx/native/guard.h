// Shared by the sources of libtorchx: turning C++ exceptions into messages.
#pragma once

#include <torch/torch.h>

#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "torchx.h"

namespace torchx {

inline at::Tensor &tensor(tx_tensor t) {
  if (t == nullptr) throw std::invalid_argument("nil tensor");
  return *static_cast<at::Tensor *>(t);
}

// A tensor that must hold maps B,C,H,W.
inline at::Tensor &maps(tx_tensor t) {
  at::Tensor &x = tensor(t);
  TORCH_CHECK(x.defined(), "undefined tensor");
  TORCH_CHECK(x.dim() == 4, "maps must be B,C,H,W, not ", x.sizes());
  return x;
}

inline std::vector<at::Tensor> tensors(const tx_tensor *t, int32_t n) {
  TORCH_CHECK(n > 0, "no tensors");
  std::vector<at::Tensor> list;
  for (int32_t i = 0; i < n; i++) list.push_back(tensor(t[i]));
  return list;
}

inline tx_tensor wrap(at::Tensor t) { return new at::Tensor(std::move(t)); }

char *message(const char *what);

// Runs body and returns NULL, or the message of whatever it threw.
template <typename Body>
char *guard(Body &&body) {
  try {
    body();
    return nullptr;
  } catch (const c10::Error &e) {
    return message(e.what_without_backtrace());
  } catch (const std::exception &e) {
    return message(e.what());
  } catch (...) {
    return message("unknown C++ exception");
  }
}

}  // namespace torchx
