#include "nvrtc.h"

#include <dlfcn.h>

#include <algorithm>

#include "cuda/text.h"
#include "guard.h"

namespace torchx {
namespace {

using CreateProgram = int(void **, const char *, const char *, int, const char *const *, const char *const *);
using CompileProgram = int(void *, int, const char *const *);
using DestroyProgram = int(void **);
using TextSize = int(void *, size_t *);
using ReadText = int(void *, char *);
using ErrorString = const char *(int);
using Version = int(int *, int *);
using CountArchitectures = int(int *);

// libcaffe2_nvrtc is libtorch's own way to it, and knows where it lies; on a machine
// without a driver it cannot be opened.
void *open_nvrtc(const std::string &path) {
  if (!path.empty()) {
    void *library = dlopen(path.c_str(), RTLD_NOW);
    TORCH_CHECK(library != nullptr, "NVRTC cannot be loaded: ", dlerror());
    return library;
  }
  if (dlsym(RTLD_DEFAULT, "nvrtcCreateProgram") != nullptr) return RTLD_DEFAULT;  // linked with libtorch_cuda
  for (const char *name : {"libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"}) {
    void *library = dlopen(name, RTLD_NOW);
    if (library != nullptr && dlsym(library, "nvrtcCreateProgram") != nullptr) return library;
  }
  TORCH_CHECK(false, "there is no NVRTC (libnvrtc.so), which compiles kernels for a GPU; a libtorch or PyTorch for CUDA brings it along");
  return nullptr;
}

// Destroys a program when it is left.
struct Program {
  void *program = nullptr;
  DestroyProgram *destroy;
  ~Program() {
    if (program != nullptr) destroy(&program);
  }
};

}  // namespace

const std::vector<const char *> &kernel_names() {
  static const std::vector<const char *> names{
      "heatmap_scan",      "heatmap_compute",       "heatmap_finish",          "deform_columns_float",  "deform_largest_float",    "deform_spread_float",
      "deform_gradient_float", "deform_columns_bfloat16", "deform_largest_bfloat16", "deform_spread_bfloat16", "deform_gradient_bfloat16"};
  return names;
}

Nvrtc::Nvrtc(const std::string &path) : library_(open_nvrtc(path)) { function<CreateProgram *>("nvrtcCreateProgram"); }

template <typename F>
F Nvrtc::function(const char *name) const {
  void *found = dlsym(library_, name);
  TORCH_CHECK(found != nullptr, "NVRTC has no function ", name);
  return reinterpret_cast<F>(found);
}

std::string Nvrtc::word(int code) const { return function<ErrorString *>("nvrtcGetErrorString")(code); }

std::string Nvrtc::version() const {
  int major = 0, minor = 0;
  function<Version *>("nvrtcVersion")(&major, &minor);
  return std::to_string(major) + "." + std::to_string(minor);
}

std::vector<int> Nvrtc::architectures() const {
  if (dlsym(library_, "nvrtcGetSupportedArchs") == nullptr) return {};  // before 11.2
  int n = 0;
  function<CountArchitectures *>("nvrtcGetNumSupportedArchs")(&n);
  std::vector<int> list(n);
  function<CountArchitectures *>("nvrtcGetSupportedArchs")(list.data());
  std::sort(list.begin(), list.end());
  return list;
}

std::string Nvrtc::text(void *program, const char *size, const char *read) const {
  size_t n = 0;
  int code = function<TextSize *>(size)(program, &n);
  std::string s(n, 0);
  if (code == 0 && n > 0) code = function<ReadText *>(read)(program, &s[0]);
  TORCH_CHECK(code == 0, "NVRTC: ", word(code));
  return s;
}

std::string Nvrtc::compile(const std::string &architecture) const {
  const char *const names[] = {"device.h", "heatmap.h", "deform.h"}, *const texts[] = {torchx_cuda_device, torchx_cuda_heatmap, torchx_cuda_deform};
  Program p;
  p.destroy = function<DestroyProgram *>("nvrtcDestroyProgram");
  int code = function<CreateProgram *>("nvrtcCreateProgram")(&p.program, "#include \"heatmap.h\"\n#include \"deform.h\"\n", "torchx.cu", 3, texts, names);
  TORCH_CHECK(code == 0, "NVRTC: ", word(code));
  const std::string target = "--gpu-architecture=" + architecture;
  const char *const options[] = {target.c_str(), "--std=c++14"};
  code = function<CompileProgram *>("nvrtcCompileProgram")(p.program, 2, options);
  TORCH_CHECK(code == 0, "NVRTC ", version(), ", ", architecture, ": ", word(code), "\n", text(p.program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog"));
  const bool code_of_gpu = architecture.compare(0, 3, "sm_") == 0;
  return code_of_gpu ? text(p.program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN") : text(p.program, "nvrtcGetPTXSize", "nvrtcGetPTX");
}

}  // namespace torchx

char *tx_compile_kernels(const char *library, const char *architecture, char **version, int64_t *bytes) {
  return torchx::guard([&] {
    const torchx::Nvrtc nvrtc(library);
    *version = torchx::message(nvrtc.version().c_str());
    const auto code = nvrtc.compile(architecture);
    for (const char *name : torchx::kernel_names()) TORCH_CHECK(code.find(name) != std::string::npos, "the code has no kernel ", name);
    *bytes = static_cast<int64_t>(code.size());
  });
}
