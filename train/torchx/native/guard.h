// Shared by the sources of libtorchx: turning C++ exceptions into messages.
#pragma once

#include <torch/torch.h>

#include <cstring>
#include <exception>
#include <string>

#include "torchx.h"

namespace torchx {

inline at::Tensor &tensor(tx_tensor t) {
  if (t == nullptr) throw std::invalid_argument("nil tensor");
  return *static_cast<at::Tensor *>(t);
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
