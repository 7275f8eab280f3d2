// Process-wide settings: threads, gradient mode, allocator.
#include <dlfcn.h>
#include <malloc.h>

#include "guard.h"

namespace torchx {

char *message(const char *what) { return strdup(what); }

namespace {

// A training step allocates and frees the same blocks again and again. By default
// glibc returns larger ones to the kernel each time and pays for fresh, zeroed pages
// the next; keeping them costs no more than the step's own peak. The thresholds are
// the largest that it takes: beyond, mallopt changes nothing. Large tensors have
// memory of their own, see memory.cc.
struct KeepFreedMemory {
  KeepFreedMemory() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
  }
} keep_freed_memory;

}  // namespace
}  // namespace torchx

using torchx::guard;

void tx_free(char *m) { free(m); }

const char *tx_version(void) { return TORCH_VERSION; }

// OpenBLAS built with threads of its own does not know libtorch's setting: its
// threads would come on top and, waiting for work, take the processor from
// others.
char *tx_set_threads(int32_t threads) {
  return guard([&] {
    at::set_num_threads(threads);
    if (auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
  });
}

int32_t tx_cuda_devices(void) {
  int32_t n = 0;
  free(guard([&] { n = static_cast<int32_t>(torch::cuda::device_count()); }));
  return n;
}

void tx_try_convolutions(int32_t enabled) { at::globalContext().setBenchmarkCuDNN(enabled != 0); }

char *tx_set_grad(int32_t enabled, int32_t *previous) {
  return guard([&] {
    *previous = at::GradMode::is_enabled();
    at::GradMode::set_enabled(enabled != 0);
  });
}
