// NVRTC, NVIDIA's compiler for what a program brings as text. It needs no GPU, no
// driver and no headers; the CUDA libraries of PyTorch and of libtorch bring it along.
#pragma once

#include <string>
#include <vector>

namespace torchx {

class Nvrtc {
 public:
  // Opens the library at a path; "" is the one that libtorch brings, or else the
  // system's. Throws if there is none.
  explicit Nvrtc(const std::string &path);

  std::string version() const;  // 13.2, say
  // The architectures that it knows, such as 80, ascending; none if it does not tell.
  std::vector<int> architectures() const;
  // Compiles the kernels of cuda/ for a GPU's architecture: sm_80 makes its code,
  // compute_80 a text that the driver of an 80 or later compiles. Throws with the
  // compiler's words.
  std::string compile(const std::string &architecture) const;

 private:
  template <typename F>
  F function(const char *name) const;
  std::string word(int code) const;
  std::string text(void *program, const char *size, const char *read) const;

  void *library_;
};

// The names of the kernels of cuda/.
const std::vector<const char *> &kernel_names();

}  // namespace torchx
