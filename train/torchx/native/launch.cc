// Kernels of our own on a GPU: compiled by NVRTC when the first one is wanted, loaded
// and started by the driver. Neither needs a header of CUDA's, so that one source
// builds against a libtorch with and without CUDA.
#include "launch.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <map>
#include <mutex>

#include "cuda/device.h"
#include "cuda/text.h"
#include "nvrtc.h"
#include "simd/choice.h"

TEXT_OF_CUDA(device, "device.h");

namespace torchx {
namespace {

using Handle = void *;

// The driver, whose C interface keeps its names and meanings over the versions.
struct Driver {
  int (*error_string)(int, const char **);
  int (*device_attribute)(int *, int, int);
  int (*current_context)(Handle *);
  int (*retain_context)(Handle *, int);
  int (*set_context)(Handle);
  int (*load)(Handle *, const void *);
  int (*function)(Handle *, Handle, const char *);
  int (*launch)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle, void **, void **);

  Driver() {
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    TORCH_CHECK(library != nullptr, "NVIDIA's driver cannot be loaded: ", dlerror());
    find(library, "cuGetErrorString", &error_string);
    find(library, "cuDeviceGetAttribute", &device_attribute);
    find(library, "cuCtxGetCurrent", &current_context);
    find(library, "cuDevicePrimaryCtxRetain", &retain_context);
    find(library, "cuCtxSetCurrent", &set_context);
    find(library, "cuModuleLoadData", &load);
    find(library, "cuModuleGetFunction", &function);
    find(library, "cuLaunchKernel", &launch);
  }

  template <typename F>
  static void find(void *library, const char *name, F *f) {
    *f = reinterpret_cast<F>(dlsym(library, name));
    TORCH_CHECK(*f != nullptr, "NVIDIA's driver has no function ", name);
  }

  void check(int code, const std::string &what) const {
    if (code == 0) return;
    const char *words = nullptr;
    error_string(code, &words);
    TORCH_CHECK(false, "CUDA error: ", what, ": ", words == nullptr ? std::to_string(code) : std::string(words));
  }

  int attribute(int which, int device) const {
    int value = 0;
    check(device_attribute(&value, which, device), "attribute of the device");
    return value;
  }

  // The context that libtorch uses has to be the thread's own.
  void enter(int device) const {
    Handle context = nullptr;
    check(current_context(&context), "current context");
    if (context != nullptr) return;
    check(retain_context(&context, device), "context");
    check(set_context(context), "context");
  }
};

const Driver &driver() {
  static const Driver d;
  return d;
}

// The kernels on a GPU.
struct Loaded {
  std::map<std::string, Handle> functions;
  std::string failure;  // why there are none
};

// What the driver takes for a GPU of an architecture: its code, or for one that NVRTC
// does not know yet a text of the newest that it does.
std::string code_for(int architecture) {
  const Nvrtc nvrtc("");
  const auto known = nvrtc.architectures();
  const bool older = !known.empty() && known.back() < architecture;
  return nvrtc.compile(older ? "compute_" + std::to_string(known.back()) : "sm_" + std::to_string(architecture));
}

Loaded load(int device) {
  constexpr int major = 75, minor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, …
  Loaded l;
  try {
    const Driver &d = driver();
    d.enter(device);
    const auto code = code_for(10 * d.attribute(major, device) + d.attribute(minor, device));
    Handle module = nullptr;
    d.check(d.load(&module, code.data()), "loading kernels");
    for (const char *name : kernel_names()) d.check(d.function(&l.functions[name], module, name), name);
  } catch (const c10::Error &e) {
    l.failure = e.what_without_backtrace();
  }
  return l;
}

const Loaded &loaded(const at::Device &where) {
  static std::mutex mutex;
  static std::map<int, Loaded> all;
  std::lock_guard<std::mutex> lock(mutex);
  auto at = all.find(where.index());
  if (at == all.end()) {
    const c10::DeviceGuard on(where);
    at = all.emplace(where.index(), load(where.index())).first;
  }
  return at->second;
}

}  // namespace

bool device_kernels(const at::Device &where) {
  if (where.is_cpu()) return kernels() == Kernels::kCudaSource;
  return where.is_cuda() && kernels() != Kernels::kOperators && loaded(where).failure.empty();
}

// libtorch's stream unless another one is asked for, which nothing does here, is the
// one that the driver knows as 0.
void start_on_gpu(const at::Device &where, const char *kernel, void *arguments, int blocks) {
  const c10::DeviceGuard on(where);
  TORCH_CHECK(c10::impl::VirtualGuardImpl(where.type()).getStream(where).id() == 0, "a kernel on another stream than the default");
  driver().enter(where.index());
  void *list[] = {arguments};
  driver().check(driver().launch(loaded(where).functions.at(kernel), blocks, 1, 1, device::kThreads, 1, 1, 0, nullptr, list, nullptr), kernel);
}

}  // namespace torchx

char *tx_gpu_kernels(const char *device) {
  return torchx::guard([&] {
    at::Device where(device);
    if (!where.has_index()) where = c10::impl::VirtualGuardImpl(where.type()).getDevice();
    const auto &failure = torchx::loaded(where).failure;
    TORCH_CHECK(failure.empty(), failure);
  });
}
