// Numbers go to a GPU through pinned memory, from which it fetches them by itself, on
// a stream of their own: while it computes a step, those of the next one arrive.
#include "transfer.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <unistd.h>

#include <map>
#include <mutex>

using torchx::guard;
using torchx::tensor;
using torchx::tensors;

namespace torchx {
namespace {

// The stream of a GPU for what it fetches.
c10::Stream fetching(const c10::impl::VirtualGuardImpl &gpu, const at::Device &device) {
  static std::mutex mutex;
  static std::map<c10::DeviceIndex, c10::Stream> streams;
  std::lock_guard<std::mutex> lock(mutex);
  auto at = streams.find(device.index());
  if (at == streams.end()) at = streams.emplace(device.index(), gpu.getStreamFromGlobalPool(device, false)).first;
  return at->second;
}

at::Tensor pinned(at::IntArrayRef sizes, at::ScalarType type) { return at::empty(sizes, at::TensorOptions().dtype(type).pinned_memory(true)); }

}  // namespace

// The memory that the numbers arrive in belongs to the fetching stream, so that
// fetching need not wait until the GPU has done what it computes; it is not used again
// before the computing that follows has ended.
at::Tensor to_device(const at::Tensor &t, const at::Device &device) {
  if (device.is_cpu()) return t;
  const c10::impl::VirtualGuardImpl gpu(device.type());
  const at::Device own = device.has_index() ? device : gpu.getDevice();
  const auto from = pinned(t.sizes(), t.scalar_type()).copy_(t);
  const auto computing = gpu.getStream(own), fetch = fetching(gpu, own);
  at::Tensor there;
  {
    const c10::StreamGuard on(fetch);
    there = at::empty(t.sizes(), t.options().device(own));
    there.copy_(from, true);
  }
  c10::Event arrived(own.type());
  arrived.record(fetch);
  arrived.block(computing);
  there.record_stream(computing);
  return there;
}

namespace {

// Numbers on their way back.
struct Later {
  at::Tensor numbers;
  std::unique_ptr<c10::Event> arrived;  // none: they are there

  explicit Later(const std::vector<at::Tensor> &scalars) {
    std::vector<at::Tensor> flat;
    for (const auto &s : scalars) {
      TORCH_CHECK(s.defined() && s.numel() == 1, "a scalar has one number, not ", s.defined() ? s.numel() : 0);
      flat.push_back(s.detach().to(at::kFloat).reshape({}));
    }
    numbers = at::stack(flat);
    if (numbers.is_cpu()) return;
    const auto here = pinned(numbers.sizes(), at::kFloat);
    here.copy_(numbers, true);
    const auto where = numbers.device();
    arrived = std::make_unique<c10::Event>(where.type());
    arrived->record(c10::impl::VirtualGuardImpl(where.type()).getStream(where));
    numbers = here;
  }

  // libtorch 1.13 has no other way to wait for one event alone.
  void wait() const {
    constexpr useconds_t pause = 50;
    while (arrived && !arrived->query()) usleep(pause);
  }
};

}  // namespace
}  // namespace torchx

char *tx_later_new(const tx_tensor *scalars, int32_t n, tx_later *out) {
  return guard([&] { *out = new torchx::Later(tensors(scalars, n)); });
}

char *tx_later_read(tx_later l, float *values, int32_t n) {
  return guard([&] {
    TORCH_CHECK(l != nullptr, "no numbers to wait for");
    const auto &later = *static_cast<torchx::Later *>(l);
    TORCH_CHECK(later.numbers.numel() == n, later.numbers.numel(), " numbers, not ", n);
    later.wait();
    std::copy_n(later.numbers.data_ptr<float>(), n, values);
  });
}

void tx_later_free(tx_later l) { delete static_cast<torchx::Later *>(l); }
