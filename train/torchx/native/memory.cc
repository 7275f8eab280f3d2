// The memory of large tensors on the CPU.
//
// A training step allocates and frees the same large blocks again and again.
// Given back to the kernel each time, they cost a page fault and zeroing for
// every 4 KB; kept in malloc's heap, they leave holes that no other fits into.
// Here freed blocks wait for a request of about their size. Live and waiting blocks
// together never take more than a quarter above what the live ones once took at their
// most: beyond that a waiting block is resized for the request, which keeps its pages,
// or given back.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>

#include <c10/core/CPUAllocator.h>

#include "guard.h"

namespace torchx {
namespace {

constexpr size_t kLarge = size_t(1) << 20;  // smaller ones come from malloc
constexpr size_t kPage = 4096;

void check(bool done, size_t n) {
  TORCH_CHECK(done, "can't allocate memory: you tried to allocate ", n, " bytes");
}

void *mapped(void *p, size_t n) {
  check(p != MAP_FAILED, n);
  return p;
}

class Blocks {
 public:
  void *take(size_t n) {
    check(n <= SIZE_MAX / 2, n);
    n = (n + kPage - 1) / kPage * kPage;
    std::lock_guard<std::mutex> lock(mutex_);
    void *p = waiting(&n);
    if (p == nullptr) p = resized(n);
    if (p == nullptr) p = fresh(n);
    live_[p] = n;
    live_bytes_ += n;
    most_ = std::max(most_, live_bytes_);
    trim();
    return p;
  }

  // Returns whether p was taken here.
  bool give(void *p) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto at = live_.find(p);
    if (at == live_.end()) return false;
    size_t n = at->second;
    live_.erase(at);
    live_bytes_ -= n;
    idle_.emplace(n, p);
    idle_bytes_ += n;
    return true;
  }

  void count(int64_t *live, int64_t *idle) {
    std::lock_guard<std::mutex> lock(mutex_);
    *live = static_cast<int64_t>(live_bytes_);
    *idle = static_cast<int64_t>(idle_bytes_);
  }

 private:
  using Idle = std::multimap<size_t, void *>;

  void *remove(Idle::iterator at) {
    void *p = at->second;
    idle_bytes_ -= at->first;
    idle_.erase(at);
    return p;
  }

  // The smallest that waits and is at most a quarter larger than n, which becomes its size.
  void *waiting(size_t *n) {
    auto at = idle_.lower_bound(*n);
    if (at == idle_.end() || at->first > *n + *n / 4) return nullptr;
    *n = at->first;
    return remove(at);
  }

  // Where a new block would be one too many: the next larger one that waits,
  // or the largest.
  void *resized(size_t n) {
    if (idle_.empty() || live_bytes_ + idle_bytes_ + n <= allowed()) return nullptr;
    auto at = idle_.lower_bound(n);
    if (at == idle_.end()) --at;
    size_t was = at->first;
    void *p = remove(at);
    void *q = mremap(p, was, n, MREMAP_MAYMOVE);
    if (q == MAP_FAILED) munmap(p, was);
    return mapped(q, n);
  }

  void *fresh(size_t n) {
    return mapped(mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), n);
  }

  void trim() {
    while (!idle_.empty() && live_bytes_ + idle_bytes_ > allowed()) {
      auto at = std::prev(idle_.end());
      size_t n = at->first;
      munmap(remove(at), n);
    }
  }

  size_t allowed() const { return most_ + most_ / 4; }

  std::mutex mutex_;
  std::unordered_map<void *, size_t> live_;
  Idle idle_;
  size_t live_bytes_ = 0, idle_bytes_ = 0;
  size_t most_ = 0;  // live bytes
};

Blocks &blocks() {
  static Blocks *b = new Blocks;  // tensors may outlive static objects
  return *b;
}

void release(void *p) {
  // malloc's are hardly ever at the beginning of a page
  if (reinterpret_cast<uintptr_t>(p) % kPage != 0 || !blocks().give(p)) free(p);
}

class Memory final : public c10::Allocator {
 public:
  // Newer versions of libtorch declare allocate without const: one of the two
  // overrides theirs.
  c10::DataPtr allocate(size_t n) { return make(n); }
  c10::DataPtr allocate(size_t n) const { return make(n); }
  c10::DeleterFnPtr raw_deleter() const { return release; }
  void copy_data(void *to, const void *from, size_t n) const { memcpy(to, from, n); }

 private:
  static c10::DataPtr make(size_t n) {
    void *p = nullptr;
    if (n >= kLarge) {
      p = blocks().take(n);
    } else if (n > 0) {
      check(posix_memalign(&p, 64, n) == 0, n);
    }
    return {p, p, release, c10::Device(c10::DeviceType::CPU)};
  }
};

struct Install {
  Install() { c10::SetCPUAllocator(new Memory, 1); }
} install;

}  // namespace
}  // namespace torchx

void tx_tensor_memory(int64_t *live, int64_t *idle) { torchx::blocks().count(live, idle); }
